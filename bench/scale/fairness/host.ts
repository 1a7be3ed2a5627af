/** An HTTP server that answers at once, in a process in which tasks play ping-pong for ever. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer } from '../../programs/support/commands.js';
import type { PingPong } from './contract.js';

/** Time to answer the runner, which is not answered any more once the game is on if promises play it. */
const HEAD_START_MS = 50;

const { default: pingPong } = (await import(process.argv[2] ?? '')) as { default: PingPong };
let turns = 0;

const commands = {
  start(pairs: number): Promise<number> {
    return new Promise((resolve) => {
      const server = createServer((_request, response) => response.end(String(turns)));
      server.listen(0, '127.0.0.1', () => {
        resolve((server.address() as AddressInfo).port);
        setTimeout(() => pingPong(pairs, () => turns++), HEAD_START_MS);
      });
    });
  },
};

export type HostCommands = typeof commands;

answer(commands);
