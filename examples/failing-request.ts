/**
 * One of three requests fails: what happens to the other two?
 *
 * Their tasks are cancelled, `until` aborts the signal that `fetch` was given, and the connections are closed.
 * The server, which knows nothing of tasks, tells so from its side: it sees two clients hang up. Only when all
 * of that is over does the group throw, with the error that began it.
 */
import { type Coroutine, ExceptionGroup, run, type TaskStatus, taskGroup, until } from 'treadle';
import { startApiServer } from './support/server.js';
import { Timeline } from './support/timeline.js';

class RequestFailed extends Error {
  override name = 'RequestFailed';
}

function* authenticate(api: string, taskStatus: TaskStatus<string>): Coroutine<void> {
  const response = yield* until((signal) => fetch(`${api}/token`, { method: 'POST', signal }));
  taskStatus.started(yield* until(response.text()));
}

function* fetchEndpoint(api: string, endpoint: string, token: string): Coroutine<string> {
  const headers = { authorization: `Bearer ${token}` };
  try {
    const response = yield* until((signal) => fetch(`${api}${endpoint}`, { signal, headers }));
    const body = yield* until(response.text());
    if (!response.ok)
      throw new RequestFailed(`${endpoint}: ${response.status} ${response.statusText}, ${body.trim()}`);
    return body;
  } finally {
    // Runs however the request ended; a cancelled one arrives here when its connection has been given up.
    tell(`client  GET ${endpoint}: the task ends`);
  }
}

function* main(): Coroutine<void> {
  yield* taskGroup(
    function* (tg) {
      const token = yield* tg.start(authenticate, server.url);
      for (const endpoint of ['/users', '/orders', '/products']) {
        tg.createTask(fetchEndpoint(server.url, endpoint, token), { name: `GET ${endpoint}` });
      }
    },
    { name: 'requests' },
  );
}

const begin = performance.now();

function tell(line: string): void {
  console.log(`  ${((performance.now() - begin) / 1000).toFixed(2)} s  ${line}`);
}

await using server = await startApiServer({ failing: '/orders', log: (line) => tell(`server  ${line}`) });
const timeline = new Timeline();

console.log('One of three requests fails\n');
try {
  await run(main, { instruments: [timeline] });
} catch (error) {
  if (!(error instanceof ExceptionGroup)) throw error;
  tell('client  the group is left, with its errors');
  await server.idle(); // it hears of the hang-ups a moment later, from the sockets
  console.log(`\n${timeline.draw().replaceAll(/^/gm, '  ')}\n`);
  console.error(error);
}
