/**
 * The load generator, a process of its own: keep-alive connections over plain sockets, on each of which one request
 * follows the other. It does no more than it must, for it shares the machine with the server it loads.
 */
import { connect } from 'node:net';

/** Asked for. */
export interface Load {
  readonly port: number;
  readonly requests: number;
  readonly connections: number;
}

/** Answered: the sum of all `id`s. */
export interface LoadResult {
  readonly sum: number;
  readonly error?: string;
}

const BODY = '\r\n\r\n';

/** The answer of a complete response, or undefined if more of it has to come. */
function idIn(text: string): number | undefined {
  const end = text.indexOf(BODY);
  if (end < 0) return undefined;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
  if (!text.startsWith('HTTP/1.1 200') || Number.isNaN(length)) throw new Error(`unexpected answer: ${text}`);
  const body = text.slice(end + BODY.length);
  if (body.length < length) return undefined;
  return (JSON.parse(body) as { id: number }).id;
}

function run({ port, requests, connections }: Load): Promise<number> {
  let next = 0;
  let sum = 0;
  let open = connections;
  return new Promise((resolve, reject) => {
    function connection(): void {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      function send(): void {
        if (next === requests) {
          socket.end();
          if (--open === 0) resolve(sum);
          return;
        }
        socket.write(`GET /${next++} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      }
      socket.setNoDelay(true).setEncoding('latin1').on('connect', send).on('error', reject);
      socket.on('data', (chunk: string) => {
        text += chunk;
        try {
          const id = idIn(text);
          if (id === undefined) return;
          sum = (sum + id) | 0;
        } catch (error) {
          reject(error);
          return;
        }
        text = '';
        send();
      });
    }
    for (let i = 0; i < connections; i++) connection();
  });
}

process.on('message', (load) => {
  run(load as Load).then(
    (sum) => process.send?.({ sum } satisfies LoadResult),
    (error: unknown) => process.send?.({ sum: 0, error: String(error) } satisfies LoadResult),
  );
});
process.on('disconnect', () => process.exit());
