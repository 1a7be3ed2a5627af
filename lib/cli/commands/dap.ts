/** `treadle dap`: the Debug Adapter Protocol, for editors. */
import { createServer } from 'node:net';
import { type Command, InvalidArgumentError } from 'commander';
import { InputError } from '../input-error.js';

const HOST = '127.0.0.1';

export function addDapCommand(treadle: Command): void {
  treadle
    .command('dap')
    .summary('debug programs in an editor: a debug adapter')
    .description(
      'Speaks the Debug Adapter Protocol on its standard input and output, so that an editor debugs programs with it: ' +
        'tasks are threads, coroutines are stack frames, and steps go from yield to yield. ' +
        'docs/debugging-in-vscode.md in the package tells how to set it up.',
    )
    .option(
      '--port <number>',
      'listen at this port of this machine instead, a session a connection; 0: any',
      parsePort,
    )
    .action(async ({ port }: { port?: number }) => {
      const { TreadleSession } = await import('../dap/session.js');
      if (port === undefined) new TreadleSession().start(process.stdin, process.stdout);
      else await listen(port, () => new TreadleSession());
    });
}

interface Session {
  setRunAsServer(enable: boolean): void;
  start(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): void;
  on(event: 'close', listener: () => void): unknown;
}

/** @throws InputError if nobody can listen there. */
function listen(port: number, makeSession: () => Session): Promise<void> {
  return new Promise((listening, refused) => {
    const server = createServer((socket) => {
      const session = makeSession();
      session.setRunAsServer(true);
      session.start(socket, socket);
    });
    server.once('error', (error) => {
      refused(
        new InputError(`cannot listen at port ${port}: ${error.message}. Choose another one with --port.`),
      );
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      const chosen = typeof address === 'object' && address !== null ? address.port : port;
      console.log(`treadle dap listens at ${HOST}:${chosen}`);
      listening();
    });
  });
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}
