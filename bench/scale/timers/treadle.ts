import { type Coroutine, checkpoint, currentTime, run, sleepUntil, taskGroup } from '../../../lib/index.js';
import { dueAt, type Settings, type Timers } from './contract.js';

function* sleeper(deadline: number, { fired }: Settings): Coroutine<void> {
  yield* sleepUntil(deadline);
  fired(currentTime() - deadline);
}

function* busyLoop({ work }: Settings): Coroutine<void> {
  for (;;) {
    work();
    yield* checkpoint();
  }
}

const timers: Timers = (settings) =>
  run(function* () {
    yield* taskGroup(function* (busy): Coroutine<void> {
      yield* taskGroup(function* (tg) {
        const begin = currentTime();
        for (let i = 0; i < settings.timers; i++) {
          tg.startSoon(sleeper, begin + dueAt(settings, i), settings);
        }
        yield* checkpoint(); // all of them sleep
        settings.armed();
        for (let i = 0; i < settings.busy; i++) busy.startSoon(busyLoop, settings);
      });
      busy.cancel();
    });
  });
export default timers;
