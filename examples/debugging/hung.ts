/** A service that has stopped answering: five reports are asked for, two never come. Why? See docs/debugging.md. */
import {
  type Coroutine,
  createMemoryObjectStream,
  Lock,
  type MemoryObjectReceiveStream,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from 'treadle';

const database = new Lock({ name: 'database' });

function* query(report: number): Coroutine<string> {
  yield* database.acquire();
  yield* sleep(20);
  if (report === 3) return 'report 3: nothing to report'; // the mistake: this way out keeps the lock
  database.release();
  return `report ${report}: done`;
}

function* worker(reports: MemoryObjectReceiveStream<number>): Coroutine<void> {
  yield* reports.forEach(function* (report) {
    console.log(yield* query(report));
  });
}

await run(() =>
  taskGroup(function* service(tg) {
    const [send, receive] = createMemoryObjectStream<number>(10, { name: 'reports' });
    for (let i = 1; i <= 3; i++) tg.createTask(worker(receive), { name: `worker-${i}` });
    for (let report = 1; report <= 5; report++) {
      yield* send.send(report);
      yield* sleep(50);
    }
    yield* sleepForever(); // as a server does that waits for its clients
  }),
);
