/** Types of createStepper: the backend tells which stepper it is, and main what its result is. */
import { type Backend, type Coroutine, type RunOptions, sleep, taskGroup } from 'treadle';
import { type AsyncStepper, type Breakpoint, createStepper, type Step, type Stepper } from 'treadle/debug';
import { VirtualBackend } from 'treadle/testing';
import { never, same } from '../support/types.js';

function* answer(): Coroutine<42> {
  yield* sleep(1);
  return 42;
}

describe('types: stepping', () => {
  it('the virtual backend, which is the default, gives a stepper, any other one an asynchronous stepper', () => {
    const clock = new VirtualBackend();
    const steppers = [
      createStepper(answer),
      createStepper(answer, {}),
      createStepper(answer, { name: 'x', instruments: [] }),
      createStepper(answer, { backend: 'virtual' }),
      createStepper(answer, { backend: clock }),
    ] as const;
    same<(typeof steppers)[number], Stepper<42>>();
    never(() => {
      const backend = {} as Backend;
      const one = createStepper(answer, { backend: 'node' });
      same<typeof one, AsyncStepper<42>>();
      const other = createStepper(answer, { backend });
      same<typeof other, AsyncStepper<42>>();
      const { result } = one;
      same<typeof result, 42>();
    });
    never(() => {
      const options = {} as RunOptions;
      const either = createStepper(answer, options);
      same<typeof either, Stepper<42> | AsyncStepper<42>>();
    });
  });

  it('a motion gives a step, or a promise of one', () => {
    never(async () => {
      const [stepper, asynchronous] = [{} as Stepper<string>, {} as AsyncStepper<string>];
      const step = stepper.step();
      same<typeof step, Step | undefined>();
      const later = await asynchronous.runUntil('app.ts:12');
      same<typeof later, Step | undefined>();
      // @ts-expect-error there is no way back from real I/O
      asynchronous.back();
    });
  });

  it('breakpoints are what the contract says', () => {
    never(() => {
      const good: Breakpoint[] = ['x', { id: 1 }, { task: /a/, on: 'error' }, (step) => step.depth === 0];
      // @ts-expect-error there is no such event
      const bad: Breakpoint = { on: 'yield' };
      return [good, bad];
    });
    createStepper(function* main() {
      yield* taskGroup(function* body(tg) {
        const handle = tg.startSoon(answer);
        never(() => createStepper(answer).stepTask(handle));
      });
    }).continue();
  });
});
