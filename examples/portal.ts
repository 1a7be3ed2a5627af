/**
 * A web server in a run: Node calls back for each request, and the portal makes a task of it. A client that hangs up
 * cancels its task, an error concerns its request alone, and the request's id follows through the calls without
 * being passed. At the end the server closes only when the last task has.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ContextVar,
  type Coroutine,
  isCancelled,
  once,
  type Portal,
  run,
  sleep,
  until,
  withPortal,
} from 'treadle';

const requestId = new ContextVar<number>('requestId');

function log(text: string): void {
  console.log(`  #${requestId.get()} ${text}`);
}

function* lookUp(key: string): Coroutine<string> {
  yield* sleep(key === 'slow' ? 60_000 : 20);
  if (key === 'bad') throw new RangeError('no such key');
  log(`found ${key}`);
  return `value of ${key}`;
}

function* handle(id: number, request: IncomingMessage, response: ServerResponse): Coroutine<void> {
  requestId.set(id);
  log(`GET ${request.url}`);
  try {
    response.end(yield* lookUp((request.url ?? '/').slice(1)));
  } finally {
    log('the task ends');
  }
}

function listen(portal: Portal): Server {
  let count = 0;
  return createServer((request, response) => {
    const task = portal.call(handle, ++count, request, response);
    response.on('close', () => task.cancel('the client hung up'));
    task.catch((error: Error) => {
      console.log(isCancelled(error) ? `  cancelled: ${error.reason}` : `  failed: ${error.message}`);
      response.statusCode = 500;
      response.end(error.message);
    });
  });
}

function* serve(): Coroutine<void> {
  yield* withPortal(function* (portal) {
    const server = listen(portal).listen(0);
    yield* once(server, 'listening');
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    try {
      for (const path of ['/tea', '/bad']) {
        const response = yield* until((signal) => fetch(url + path, { signal }));
        console.log(`${path}: ${response.status} ${yield* until(response.text())}`);
      }
      const impatient = AbortSignal.timeout(100);
      const outcome = fetch(`${url}/slow`, { signal: impatient }).catch((error: Error) => error.name);
      console.log(`/slow: ${yield* until(outcome)}`);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
  console.log('the server is closed, and every task has ended');
}

await run(serve);
