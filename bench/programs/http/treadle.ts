/** The service in Treadle. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CapacityLimiter,
  type Coroutine,
  failAfter,
  isCancelled,
  once,
  run,
  sleepForever,
  TimeoutError,
  until,
  withPortal,
} from '../../../lib/index.js';
import type { Settings } from './contract.js';
import type { Row } from './database.js';

function* service({ database, connections, timeout, listening }: Settings): Coroutine<void> {
  const limiter = new CapacityLimiter(connections);

  function* query(table: string, id: number): Coroutine<Row> {
    using _ = yield* limiter.acquire();
    return yield* until((signal) => database.query(table, id, { signal }));
  }

  function* userPage(id: number): Coroutine<{ user: Row; orders: Row }> {
    return { user: yield* query('users', id), orders: yield* query('orders', id) };
  }

  function* handle(request: IncomingMessage, response: ServerResponse): Coroutine<void> {
    const id = Number(request.url?.slice('/users/'.length));
    try {
      const page = yield* failAfter(timeout, () => userPage(id));
      response.end(JSON.stringify(page));
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      response.writeHead(503).end('too slow');
    }
  }

  yield* withPortal(function* (portal) {
    const server = createServer((request, response) => {
      const task = portal.call(handle, request, response);
      response.on('close', () => task.cancel('the client hung up'));
      task.catch((error: unknown) => {
        if (!isCancelled(error)) response.writeHead(500).end(String(error));
      });
    });
    server.listen(0, '127.0.0.1');
    yield* once(server, 'listening');
    listening((server.address() as AddressInfo).port, () => ({
      permits: limiter.borrowedTokens,
      waiting: limiter.statistics().tasksWaiting,
    }));
    try {
      yield* sleepForever();
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
}

export default (settings: Settings, signal: AbortSignal) => run(() => service(settings), { signal });
