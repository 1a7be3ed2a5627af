/** The service as it is mostly written: a race against a timer, and nobody is told when it is over. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Limiter } from '../native/limiter.js';
import type { Settings } from './contract.js';
import type { Row } from './database.js';

export default async function serve(
  { database, connections, timeout, listening }: Settings,
  stop: AbortSignal,
): Promise<void> {
  const limiter = new Limiter(connections);

  async function query(table: string, id: number): Promise<Row> {
    await limiter.acquire();
    try {
      return await database.query(table, id);
    } finally {
      limiter.release();
    }
  }

  async function userPage(id: number): Promise<{ user: Row; orders: Row }> {
    return { user: await query('users', id), orders: await query('orders', id) };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = Number(request.url?.slice('/users/'.length));
    const page = await Promise.race([userPage(id), delay(timeout)]);
    if (page === undefined) response.writeHead(503).end('too slow');
    else response.end(JSON.stringify(page));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  listening((server.address() as AddressInfo).port, () => ({
    permits: limiter.borrowed,
    waiting: limiter.waiting,
  }));
  if (!stop.aborted) await once(stop, 'abort');
  server.close();
  server.closeAllConnections();
}
