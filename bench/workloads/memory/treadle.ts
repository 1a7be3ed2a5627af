import {
  type Coroutine,
  checkpoint,
  run,
  sleepForever,
  suspend,
  type TaskHandle,
  taskGroup,
} from '../../../lib/index.js';
import type { Params, Stopwatch } from '../../harness/contract.js';

export default {
  /** Parked until cancelled: nobody keeps anything for the task but its handle. */
  sleep({ n }: Params, watch: Stopwatch) {
    let ended = 0;

    function* parked(): Coroutine<void> {
      try {
        yield* sleepForever();
      } finally {
        ended++;
      }
    }

    return run(function* () {
      yield* taskGroup(function* (tg): Coroutine<void> {
        watch.start();
        const tasks: TaskHandle<void>[] = [];
        for (let i = 0; i < n; i++) tasks.push(tg.startSoon(parked));
        yield* checkpoint(); // all are parked now
        watch.stop();
        for (const task of tasks) task.cancel();
      });
      return ended;
    });
  },

  /** Parked until woken: for each task somebody keeps its `resume`. */
  suspend({ n }: Params, watch: Stopwatch) {
    let ended = 0;
    const resumes: ((value: void) => void)[] = [];
    const wait = suspend<void>(
      (resume) => {
        resumes.push(resume);
      },
      { foreign: false },
    );

    function* parked(): Coroutine<void> {
      yield* wait;
      ended++;
    }

    return run(function* () {
      yield* taskGroup(function* (tg): Coroutine<void> {
        watch.start();
        const tasks: TaskHandle<void>[] = [];
        for (let i = 0; i < n; i++) tasks.push(tg.startSoon(parked));
        yield* checkpoint(); // all are parked now
        watch.stop();
        for (const resume of resumes) resume();
        for (const task of tasks) yield* task;
      });
      return ended;
    });
  },
};
