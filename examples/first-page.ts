import { type Coroutine, run, sleep, type TaskStatus, taskGroup } from 'treadle';

function* authenticate(taskStatus: TaskStatus<void>): Coroutine<void> {
  yield* sleep(300); // token exchange
  taskStatus.started(); // the token is live: the caller of start() goes on
}

function* fetchEndpoint(endpoint: string, delay: number): Coroutine<string> {
  yield* sleep(delay);
  return `${endpoint}: 200 OK`;
}

function* main(): Coroutine<void> {
  const handles = yield* taskGroup(function* (tg) {
    yield* tg.start(authenticate);
    return [
      tg.createTask(fetchEndpoint('/users', 1000)),
      tg.createTask(fetchEndpoint('/orders', 500)),
      tg.createTask(fetchEndpoint('/products', 1500)),
    ];
  }); // leaves only when every child is done
  for (const handle of handles) console.log(handle.returnValue);
}

await run(main); // or run(main, { backend: 'virtual' }): same output, no waiting
