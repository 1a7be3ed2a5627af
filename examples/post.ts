/**
 * Three requests behind one token, against a real server.
 *
 * `tg.start(authenticate)` holds the program until the token is live; the three requests then go out at once;
 * the group is left when the last one has been answered, and each result is read off its handle.
 */
import { type Coroutine, run, type TaskStatus, taskGroup, until } from 'treadle';
import { ENDPOINT_DELAYS, startApiServer, TOKEN_DELAY } from './support/server.js';
import { Timeline } from './support/timeline.js';

function* authenticate(api: string, taskStatus: TaskStatus<string>): Coroutine<void> {
  const response = yield* until((signal) => fetch(`${api}/token`, { method: 'POST', signal }));
  const token = yield* until(response.text());
  taskStatus.started(token); // the token is live: the caller of start() goes on
}

function* fetchEndpoint(api: string, endpoint: string, token: string): Coroutine<string> {
  const headers = { authorization: `Bearer ${token}` };
  const response = yield* until((signal) => fetch(`${api}${endpoint}`, { signal, headers }));
  const body = yield* until(response.text());
  if (!response.ok) throw new Error(`${endpoint}: ${response.status} ${response.statusText}: ${body}`);
  return `${endpoint}: ${response.status} ${response.statusText}`;
}

function* main(): Coroutine<string[]> {
  const handles = yield* taskGroup(function* (tg) {
    const token = yield* tg.start(authenticate, server.url);
    return ['/users', '/orders', '/products'].map((endpoint) =>
      tg.createTask(fetchEndpoint(server.url, endpoint, token), { name: `GET ${endpoint}` }),
    );
  }); // leaves only when every child is done
  return handles.map((handle) => handle.returnValue);
}

await using server = await startApiServer();
await fetch(server.url).then((response) => response.text()); // the first fetch of a process loads the client

const timeline = new Timeline();
const begin = performance.now();
const results = await run(main, { instruments: [timeline] });
const total = performance.now() - begin;

console.log('Three requests behind one token\n');
for (const result of results) console.log(`  ${result}`);
console.log(`\n${timeline.draw().replaceAll(/^/gm, '  ')}\n`);

const oneByOne = [TOKEN_DELAY, ...ENDPOINT_DELAYS.values()].reduce((sum, delay) => sum + delay);
console.log(`  total ${seconds(total)}; one after the other they would take ${seconds(oneByOne)}`);

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
