/** A program stepped by hand, forwards and back: see README, "Looking inside". */
import { type Coroutine, sleep, taskGroup } from 'treadle';
import { createStepper, formatTasks } from 'treadle/debug';

function* fetchPage(page: number): Coroutine<string> {
  yield* sleep(100 * page);
  return `page ${page}`;
}

function* main(): Coroutine<string[]> {
  const handles = yield* taskGroup(function* (tg) {
    return [tg.startSoon(fetchPage, 1), tg.startSoon(fetchPage, 2)];
  });
  return handles.map((handle) => handle.returnValue);
}

using stepper = createStepper(main);
const stopped = stepper.runUntil({ effect: 'sleep', task: 'fetchPage' });
console.log(stopped?.index, stopped?.task.name, stopped?.effect, stopped?.location?.line);

stepper.step(); // the second page asks for its sleep
console.log(formatTasks(stepper.tasks(), { color: false }));

stepper.continue();
console.log(stepper.result, 'after', stepper.history.length, 'steps,', stepper.time, 'ms');

stepper.back(2);
console.log('again at', stepper.time, 'ms, with', stepper.tasks().length, 'tasks');
