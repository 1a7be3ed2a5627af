/** Types of run, runSync, main and their options. */
import { expect } from 'chai';
import {
  type Backend,
  type BackendName,
  type Coroutine,
  currentTask,
  type Effect,
  getAvailableBackends,
  type Instrument,
  type main,
  type Operation,
  type Run,
  type RunOptions,
  run,
  type runningTasks,
  runSync,
  sleep,
  type TaskInfo,
} from 'treadle';
import { never, same } from '../support/types.js';

function* answer(): Coroutine<42> {
  yield* sleep(1);
  return 42;
}

describe('types: running', () => {
  it('run gives a promise of what main returns, which can be cancelled and disposed', async () => {
    const running = run(answer, { backend: 'virtual' });
    same<typeof running, Run<42>>();
    same<(typeof running)['cancel'], (reason?: unknown) => void>();
    const promise: Promise<42> = running;
    const disposable: AsyncDisposable = running;
    expect(disposable[Symbol.asyncDispose]).to.be.a('function');
    const value = await promise;
    same<typeof value, 42>();
    expect(value).to.equal(42);
  });

  it('main may be given as a coroutine function, or as a function that gives any operation', async () => {
    const literal = await run(
      function* () {
        yield* sleep(1);
        return { done: true };
      },
      { backend: 'virtual' },
    );
    same<typeof literal, { done: boolean }>();
    const effect = await run(() => sleep(1), { backend: 'virtual' });
    same<typeof effect, void>();
    expect(literal).to.deep.equal({ done: true });
  });

  it('refuses mains that take arguments, are async, or are no function', () => {
    never(
      // @ts-expect-error an argument nobody gives
      () => run((_text: string) => answer()),
      // @ts-expect-error async functions have no place here
      () => run(async () => 42),
      // @ts-expect-error a coroutine instead of its function
      () => run(answer()),
      // @ts-expect-error the same for runSync
      () => runSync(answer()),
    );
    const value = runSync(answer);
    same<typeof value, 42>();
    expect(value).to.equal(42);
  });

  it('checks options: backends by name or by hand, signal, name, instruments', () => {
    const options: RunOptions = {
      backend: 'virtual',
      signal: new AbortController().signal,
      name: 'typed',
      instruments: [{ spawn: (task) => same<typeof task, TaskInfo>() }],
    };
    same<RunOptions['backend'], BackendName | Backend | undefined>();
    same<BackendName, 'node' | 'web' | 'virtual'>();
    same<ReturnType<typeof getAvailableBackends>, BackendName[]>();
    never(
      // @ts-expect-error no such backend
      () => run(answer, { backend: 'dos' }),
      // @ts-expect-error no such option
      () => run(answer, { timeout: 5 }),
      // @ts-expect-error a controller is no signal
      () => run(answer, { signal: new AbortController() }),
    );
    expect(runSync(answer, options)).to.equal(42);
    expect(getAvailableBackends()).to.include('virtual');
  });

  it('main takes a body and gives nothing', () => {
    same<ReturnType<typeof main>, void>();
    same<Parameters<typeof main>[0], (this: void) => Operation<unknown>>();
    expect(getAvailableBackends()).to.be.an('array');
  });

  it('types tasks as seen from inside and by instruments', () => {
    const seen: TaskInfo[] = [];
    const instrument: Instrument = {
      suspend(task, effect) {
        same<typeof task, TaskInfo>();
        same<typeof effect, Effect<unknown>>();
        seen.push(task);
      },
    };
    runSync(
      function* () {
        const task = currentTask();
        same<typeof task, TaskInfo>();
        same<ReturnType<typeof runningTasks>, readonly TaskInfo[]>();
        same<TaskInfo['parentId'], number | undefined>();
        yield* sleep(1);
        expect(seen.map(({ id }) => id)).to.include(task.id);
        never(() => {
          // @ts-expect-error read-only
          task.id = 5;
        });
      },
      { instruments: [instrument] },
    );
    same<keyof Instrument, 'spawn' | 'schedule' | 'stepStart' | 'stepEnd' | 'suspend' | 'cancel' | 'exit'>();
  });
});
