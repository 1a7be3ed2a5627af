/**
 * What the `http` implementations have in common: a `node:http` server in the measuring process, whose CPU time and
 * wall time are what is measured, and a load generator in a process of its own (`load.ts`), started once and kept for
 * all samples of this process.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Params, Stopwatch } from './contract.js';
import type { Load, LoadResult } from './load.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Bundled to `<folder>/http/<system>.js`, beside which, one higher, lies the load generator. */
const generatorFile = fileURLToPath(new URL('../load.js', import.meta.url));

let generator: ChildProcess | undefined;

function startGenerator(): ChildProcess {
  // Without the flags of this process: a profile of the load generator is not what was asked for.
  const child = fork(generatorFile, { execArgv: [] });
  child.unref();
  child.channel?.unref();
  return child;
}

function fire(load: Load): Promise<LoadResult> {
  generator ??= startGenerator();
  const child = generator;
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('the load generator has ended'));
    child.once('exit', onExit);
    child.once('message', (result) => {
      child.off('exit', onExit);
      resolve(result as LoadResult);
    });
    child.send(load);
  });
}

export function listen(handler: Handler): Promise<Server> {
  const server = createServer(handler);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** Sends n requests over `depth` connections and gives the sum of the answers; measured is this and nothing else. */
export async function load(server: Server, { n, depth }: Params, watch: Stopwatch): Promise<number> {
  const { port } = server.address() as AddressInfo;
  generator ??= startGenerator();
  watch.start();
  const { sum, error } = await fire({ port, requests: n, connections: depth });
  watch.stop();
  if (error !== undefined) throw new Error(`load generator: ${error}`);
  return sum;
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** For handlers that need nothing round them. */
export async function serve(handler: Handler, params: Params, watch: Stopwatch): Promise<number> {
  const server = await listen(handler);
  try {
    return await load(server, params, watch);
  } finally {
    await close(server);
  }
}

/** The path is the number that the answer has to contain. */
export function idOf(request: IncomingMessage): number {
  return Number(request.url?.slice(1));
}

export function answer(response: ServerResponse, id: number): void {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({ id, name: 'treadle', tags: ['a', 'b', 'c'], nested: { even: id % 2 === 0 } }),
  );
}
