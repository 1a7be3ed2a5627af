/** The service in async/await: every function on the way is handed the signal, and heeds it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Limiter } from '../native/limiter.js';
import type { Settings } from './contract.js';
import type { Row } from './database.js';

const TOO_SLOW = new Error('too slow');
const HUNG_UP = new Error('the client hung up');

export default async function serve(
  { database, connections, timeout, listening }: Settings,
  stop: AbortSignal,
): Promise<void> {
  const limiter = new Limiter(connections);

  async function query(table: string, id: number, signal: AbortSignal): Promise<Row> {
    await limiter.acquire(signal);
    try {
      return await database.query(table, id, { signal });
    } finally {
      limiter.release();
    }
  }

  async function userPage(id: number, signal: AbortSignal): Promise<{ user: Row; orders: Row }> {
    return { user: await query('users', id, signal), orders: await query('orders', id, signal) };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = Number(request.url?.slice('/users/'.length));
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(TOO_SLOW), timeout);
    response.on('close', () => controller.abort(HUNG_UP));
    try {
      const page = await userPage(id, controller.signal);
      response.end(JSON.stringify(page));
    } catch (error) {
      if (error === TOO_SLOW) response.writeHead(503).end('too slow');
      else if (error !== HUNG_UP) response.writeHead(500).end(String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  const underWay = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const task = handle(request, response);
    underWay.add(task);
    task.finally(() => underWay.delete(task));
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
  await Promise.all(underWay);
  throw stop.reason;
}
