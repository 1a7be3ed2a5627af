/** Types of createStepper: the backend tells which stepper it is, and main what its result is. */
import {
  type Backend,
  type Coroutine,
  type Effect,
  type Operation,
  type RunOptions,
  sleep,
  type TaskHandle,
  type TaskInfo,
  taskGroup,
} from 'treadle';
import { type AsyncStepper, type Breakpoint, createStepper, type Step, type Stepper } from 'treadle/debug';
import { VirtualBackend, waitAllTasksBlocked } from 'treadle/testing';
import { never, same } from '../support/types.js';

function* answer(): Coroutine<42> {
  yield* sleep(1);
  return 42;
}

/** What the contract says of these two doors, word for word: ours may say more, never less. */
interface ContractStep {
  readonly task: TaskInfo;
  readonly kind: 'yielded' | 'returned' | 'threw';
  readonly value: unknown;
  readonly location: { readonly file: string; readonly line: number } | undefined;
}

interface ContractStepper<T> {
  step(): ContractStep | undefined;
  stepTask(handle: TaskHandle<unknown, unknown>): ContractStep | undefined;
  runUntil(breakpoint: unknown): ContractStep | undefined;
  back(n: number): void;
  readonly ready: readonly TaskInfo[];
  tasks(): readonly TaskInfo[];
  readonly result: T;
}

type ContractCreateStepper = <T>(
  main: (this: void) => Operation<T>,
  options?: RunOptions,
) => ContractStepper<T>;

describe('types: stepping', () => {
  it('what is written against the contract compiles', () => {
    const asSaid = <T>(stepper: ContractStepper<T>): T => stepper.result;
    never(() => {
      const value = asSaid(createStepper(answer));
      same<typeof value, 42>();
      const create: ContractCreateStepper = createStepper;
      const blocked: () => Effect<void> = waitAllTasksBlocked;
      return [create, blocked];
    });
    never((options = {} as RunOptions): ContractStepper<42> => createStepper(answer, options));
  });

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
      const stepper = createStepper(answer, options);
      same<typeof stepper, Stepper<42>>();
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
