import { type Coroutine, checkpoint, run, sleepForever, suspend, taskGroup } from '../../../lib/index.js';
import type { Params, Stopwatch } from '../../harness/contract.js';

export default {
  /** Parked until cancelled: nobody keeps anything for the task. */
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
        for (let i = 0; i < n; i++) tg.startSoon(parked);
        yield* checkpoint(); // all are parked now
        watch.stop();
        tg.cancel();
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
        for (let i = 0; i < n; i++) tg.startSoon(parked);
        yield* checkpoint(); // all are parked now
        watch.stop();
        for (const resume of resumes) resume();
      });
      return ended;
    });
  },
};
