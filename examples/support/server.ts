/**
 * The server that the examples talk to: plain `node:http` on loopback, a port the system picks.
 *
 *     POST /token      after 0.3 s: a bearer token, as text
 *     GET  /users      after 1.0 s
 *     GET  /orders     after 0.5 s
 *     GET  /products   after 1.5 s
 *
 * The three endpoints refuse a missing or unknown token at once, with 401. Nothing in here knows Treadle: to
 * the server the example is a client like any other, so a connection that it sees closing was really closed.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export const TOKEN_DELAY = 300;

export const ENDPOINT_DELAYS: ReadonlyMap<string, number> = new Map([
  ['/users', 1000],
  ['/orders', 500],
  ['/products', 1500],
]);

export interface ApiServerOptions {
  /** The path of an endpoint that answers 500 after its usual delay. */
  readonly failing?: string;
  /** Told what became of each request, as soon as the server knows. */
  readonly log?: (line: string) => void;
}

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves when no request is being served: each was answered, or its client hung up. */
  idle(): Promise<void>;
}

/** Starts the server; `await using` closes it, with every connection that is kept alive. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { failing, log = () => {} } = options;
  const liveTokens = new Set<string>();
  const inProgress = new Set<Promise<void>>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const title = `${request.method} ${request.url}`;
    const arrived = performance.now();
    // A response closes once: when its last byte has been handed over, or when its connection is gone.
    const closed = new AbortController();
    response.once('close', () => closed.abort());

    const answer = await decide(request, closed.signal);
    const elapsed = `${Math.round(performance.now() - arrived)} ms`;
    if (answer === undefined) {
      log(`${title}: the client hung up after ${elapsed}`);
      return;
    }
    log(`${title}: ${answer.status} after ${elapsed}`);
    response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(answer.body);
  }

  /** What to answer, once it is time to; `undefined` when the client did not wait for it. */
  async function decide(request: IncomingMessage, hungUp: AbortSignal): Promise<Answer | undefined> {
    const path = request.url ?? '/';
    const endpointDelay = path === '/token' ? TOKEN_DELAY : ENDPOINT_DELAYS.get(path);
    if (endpointDelay === undefined) return { status: 404, body: `there is no ${path} here\n` };
    if (path !== '/token' && !liveTokens.has(bearerToken(request))) {
      return { status: 401, body: 'a live token is needed\n' };
    }
    try {
      await delay(endpointDelay, undefined, { signal: hungUp });
    } catch {
      return undefined;
    }
    if (path === failing) return { status: 500, body: 'the shelves collapsed\n' };
    if (path !== '/token') return { status: 200, body: `${path.slice(1)}, all of them\n` };
    const token = randomUUID();
    liveTokens.add(token);
    return { status: 200, body: token };
  }

  const server = createServer((request, response) => {
    const served = serve(request, response);
    inProgress.add(served);
    void served.finally(() => inProgress.delete(served));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    async idle() {
      while (inProgress.size > 0) await Promise.all(inProgress);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      // A client keeps its connection open for the next request; without this, the process would wait for it.
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function bearerToken(request: IncomingMessage): string {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
