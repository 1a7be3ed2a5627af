/** What a review found in the space between the rules: each once hung the run, or skipped clean-up. */
import { expect } from 'chai';
import {
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  type ExceptionGroup,
  type Instrument,
  run,
  sleep,
  sleepForever,
  suspend,
  TaskFailed,
  type TaskGroup,
  type TaskStatus,
  taskGroup,
  until,
} from 'treadle';
import { VirtualBackend } from 'treadle/testing';
import { onEachBackend, rejection } from '../support/contract.js';

onEachBackend('between the rules', (run, { it }) => {
  it('C9: start() on a group of another run is refused, and both runs end', async () => {
    const error = await rejection(
      run(() =>
        taskGroup((tg) =>
          until(
            run(function* () {
              yield* tg.start(function* (status: TaskStatus<void>) {
                status.started();
                yield* sleep(5);
              });
            }),
          ),
        ),
      ),
    );
    expect((error as ExceptionGroup).leaves().map((leaf) => (leaf as Error).name)).to.deep.equal([
      'TypeError',
    ]);
  });

  const mute = Object.defineProperty(new Error('mute'), 'message', {
    get() {
      throw new Error('the message cannot be had');
    },
  });
  for (const [what, odd] of [
    ['a value that cannot be made a string', Object.create(null) as object],
    ['an error whose message throws', mute],
  ] as const)
    it(`G2, C8: ${what} is carried like any other`, async () => {
      const labels: unknown[] = [];
      const error = await rejection(
        run(() =>
          taskGroup(function* (tg) {
            const bad = tg.startSoon(function* (): Coroutine<void> {
              yield* checkpoint();
              throw odd;
            });
            tg.startSoon(function* () {
              try {
                yield* bad;
              } catch (failure) {
                labels.push(failure instanceof TaskFailed && failure.cause === odd);
              }
            });
            try {
              yield* sleepForever();
            } finally {
              labels.push('clean-up');
            }
          }),
        ),
      );
      const { errors } = error as ExceptionGroup;
      expect([labels, errors.length, errors[0] === odd]).to.deep.equal([[true, 'clean-up'], 1, true]);
    });

  it('L7, G2: an error leaves thousands of nested groups, and every finally runs', async () => {
    let cleaned = 0;
    function* deep(depth: number): Coroutine<void> {
      if (depth === 0) throw new Error('at the bottom');
      try {
        yield* taskGroup(() => call(deep, depth - 1));
      } finally {
        cleaned++;
      }
    }
    const error = await rejection(run(() => deep(12_000)));
    expect([
      (error as ExceptionGroup).leaves().map((leaf) => (leaf as Error).message),
      cleaned,
    ]).to.deep.equal([['at the bottom'], 12_000]);
  });

  it('L5: a description that throws, and very many tasks, do not spoil the report', async () => {
    let cleaned = 0;
    const error = await rejection(
      run(() =>
        taskGroup((tg) => {
          for (let i = 0; i < 1500; i++) {
            tg.startSoon(function* () {
              try {
                yield* suspend<void>(() => {}, {
                  foreign: false,
                  description: () => {
                    throw new Error('no words');
                  },
                });
              } finally {
                cleaned++;
              }
            });
          }
          return checkpoint();
        }),
      ),
    );
    const { name, message } = error as Error;
    expect([name, cleaned, /and 501 more/.test(message)]).to.deep.equal(['DeadlockError', 1500, true]);
  });

  it('collapse leaves alone an error that has a `group` of its own', async () => {
    const mine = Object.defineProperty(new Error('mine'), 'group', { value: 'admins' });
    const error = await rejection(
      run(() =>
        taskGroup(
          (tg) => {
            tg.startSoon(function* (): Coroutine<void> {
              throw mine;
            });
            return sleepForever();
          },
          { collapse: true },
        ),
      ),
    );
    expect([error === mine, (error as { group?: unknown }).group]).to.deep.equal([true, 'admins']);
  });

  it('L9: a signal that aborts while main is called cancels the run', async () => {
    const controller = new AbortController();
    const error = await rejection(
      run(
        () => {
          controller.abort('now');
          return sleepForever();
        },
        { signal: controller.signal },
      ),
    );
    expect(error).to.equal('now');
  });

  it('G5: a caller that is cancelled while `fn` is called gets its Cancelled, whatever the child announces', function* () {
    const value = yield* taskGroup(() =>
      taskGroup((tg) =>
        cancelScope((scope) =>
          tg.start((status: TaskStatus<string>) => {
            scope.cancel();
            return (function* (): Coroutine<void> {
              status.started('ready');
            })();
          }),
        ),
      ),
    );
    expect(value).to.equal(undefined);
  });
});

describe('between the rules, apart from backends', () => {
  it('a run that could not begin leaves a shared clock alone', async () => {
    const clock = new VirtualBackend();
    await rejection(run((async () => {}) as never, { backend: clock }));
    await run(() => sleep(10), { backend: clock });
    expect(clock.now()).to.equal(10);
  });

  it('an instrument that fails twice at once takes no other one with it', async () => {
    const heard: string[] = [];
    let group: TaskGroup | undefined;
    let isNested = false;
    function* child(): Coroutine<void> {
      yield* checkpoint();
    }
    const bad: Instrument = {
      spawn() {
        if (isNested) throw new Error('bad: dropped here');
      },
      schedule() {
        if (group === undefined) return;
        isNested = true;
        group.startSoon(child);
        throw new Error('bad: and once more');
      },
    };
    const silent = console.error;
    console.error = () => {};
    try {
      await run(
        () =>
          taskGroup(function* (tg) {
            group = tg;
            yield* checkpoint();
          }),
        { instruments: [bad, { exit: (task) => void heard.push(task.name) }] },
      );
    } finally {
      console.error = silent;
    }
    expect(heard).to.deep.equal(['child', 'task-1']);
  });
});
