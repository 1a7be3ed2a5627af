/** The stepper on the virtual clock: what a step is, what it reports, who may be stepped, how it ends. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import {
  type Coroutine,
  call,
  checkpoint,
  coroutine,
  isCancelled,
  KEEP_WAITING,
  type Operation,
  run,
  shield,
  sleep,
  sleepForever,
  suspend,
  type TaskGroup,
  type TaskHandle,
  taskGroup,
  until,
} from 'treadle';
import { createStepper, ForeignWaitError, type Step, type Stepper } from 'treadle/debug';
import { thrown } from '../../support/contract.js';
import { eventLog } from '../../support/event-log.js';

function* child(ms: number): Coroutine<number> {
  yield* sleep(ms);
  return ms;
}

function* inner(): Coroutine<void> {
  yield* checkpoint();
}

function* outer(): Coroutine<void> {
  yield* inner();
}

/** A step in a line: 'main yielded sleep(5) @outer/1'. */
function line({ task, kind, effect, function: name, depth }: Step): string {
  return `${task.name} ${kind}${effect === undefined ? '' : ` ${effect}`} @${name}/${depth}`;
}

function lines(stepper: Stepper<unknown>): string[] {
  const told: string[] = [];
  for (let step = stepper.step(); step !== undefined; step = stepper.step()) told.push(line(step));
  return told;
}

/** A group of named tasks, and their handles once it has begun. */
function team(...members: [name: string, work: () => Operation<unknown>][]): {
  main: () => Coroutine<void>;
  handles: TaskHandle<unknown>[];
} {
  const handles: TaskHandle<unknown>[] = [];
  return {
    handles,
    *main() {
      handles.length = 0;
      yield* taskGroup(function* body(tg: TaskGroup) {
        for (const [name, work] of members) handles.push(tg.createTask(work(), { name }));
      });
    },
  };
}

const twoSteps = function* worker(): Coroutine<void> {
  yield* checkpoint();
  yield* checkpoint();
};

describe('a stepper', () => {
  it('has run nothing when it is made', () => {
    let hasRun = false;
    const stepper = createStepper(function* main() {
      hasRun = true;
    });
    expect([hasRun, stepper.isDone, stepper.last, stepper.ready]).to.deep.equal([
      false,
      false,
      undefined,
      [{ id: 1, name: 'main', parentId: undefined }],
    ]);
    stepper.step();
    expect([hasRun, stepper.isDone, stepper.ready]).to.deep.equal([true, true, []]);
  });

  it('resumes one coroutine a step: a call, a scope, a group and a return are steps of their own', () => {
    const stepper = createStepper(function* main() {
      const value = yield* call(child, 5);
      yield* taskGroup(function* body(tg) {
        tg.startSoon(child, value);
      });
      return value;
    });
    expect(lines(stepper)).to.deep.equal([
      'main yielded call child @main/0',
      'main yielded sleep(5) @child/1',
      'main returned @child/1',
      'main yielded taskGroup @main/0',
      'main returned @body/1',
      'child yielded sleep(5) @child/0',
      'child returned @child/0',
      'main returned @main/0',
    ]);
    expect([stepper.result, stepper.time]).to.deep.equal([5, 10]);
  });

  it('tells what the coroutine was resumed with, and what it did', () => {
    const failure = new Error('no luck');
    const stepper = createStepper(function* main() {
      try {
        yield* call(function* fails(): Coroutine<void> {
          throw failure;
        });
      } catch {
        return yield* call(child, 3);
      }
      return 0;
    });
    stepper.continue();
    const told = stepper.history.map(({ index, kind, resumed, value }) => [
      index,
      resumed.kind,
      resumed.value,
      kind,
      kind === 'yielded' ? 'an effect' : value,
    ]);
    expect(told).to.deep.equal([
      [1, 'value', undefined, 'yielded', 'an effect'],
      [2, 'value', undefined, 'threw', failure],
      [3, 'error', failure, 'yielded', 'an effect'],
      [4, 'value', undefined, 'yielded', 'an effect'],
      [5, 'value', undefined, 'returned', 3],
      [6, 'value', 3, 'returned', 3],
    ]);
  });

  it('tells of an error that the effect itself gives', () => {
    const stepper = createStepper(function* main(): Coroutine<void> {
      try {
        yield Promise.resolve() as never;
      } catch {
        yield* checkpoint();
      }
    });
    const [first, second] = [stepper.step(), stepper.step()];
    expect([first?.kind, first?.effect]).to.deep.equal(['yielded', undefined]);
    expect([second?.resumed.kind, String(second?.resumed.value)]).to.deep.equal([
      'error',
      'TypeError: a coroutine yielded a Promise; wait for it with yield* until(promise)',
    ]);
  });

  it('sees into native yield*: the function that stands at the yield, and how deep it is', () => {
    const walk = coroutine('walk', function* (n: number): Coroutine<void> {
      if (n > 0) yield* walk(n - 1);
      else yield* outer();
    });
    const stepper = createStepper(function* main() {
      yield* outer();
      yield* walk(1);
    });
    expect(lines(stepper)).to.deep.equal([
      'main yielded checkpoint @inner/2',
      'main yielded call walk @main/0',
      'main yielded call walk @walk/1',
      'main yielded checkpoint @inner/4',
      'main returned @walk/2',
      'main returned @walk/1',
      'main returned @main/0',
    ]);
  });

  it('counts those that wait below a call inside of native yield*', () => {
    const calls = function* calls(): Coroutine<void> {
      yield* call(outer);
    };
    const stepper = createStepper(function* main() {
      yield* calls();
      yield* calls();
    });
    expect(lines(stepper)).to.deep.equal([
      'main yielded call outer @calls/1',
      'main yielded checkpoint @inner/3',
      'main returned @outer/2',
      'main yielded call outer @calls/1',
      'main yielded checkpoint @inner/3',
      'main returned @outer/2',
      'main returned @main/0',
    ]);
  });

  it('tells where the coroutine stands, in the source', () => {
    const stepper = createStepper(function* main() {
      yield* outer();
      yield* sleep(1);
    });
    const [first, second, third] = [stepper.step(), stepper.step(), stepper.step()];
    const here = import.meta.filename;
    expect([first?.location?.file, second?.location?.file]).to.deep.equal([here, here]);
    const lineOf = (step: Step | undefined) => step?.location?.line ?? 0;
    expect(lineOf(second) - lineOf(third)).to.equal(2); // it has returned: where it was declared
    expect(lineOf(second)).to.be.above(100);
    expect(lineOf(first)).to.be.below(40);
    expect(second?.location?.column).to.equal(7);
  });

  it('looks locations up only where a motion stops', () => {
    const stepper = createStepper(twoSteps);
    stepper.continue();
    const lines = () => stepper.history.map(({ location }) => location?.line);
    const declared = lines()[2];
    expect(lines()).to.deep.equal([undefined, undefined, declared]);
    expect(declared).to.be.above(0);
    stepper.goTo(2);
    expect(lines()).to.deep.equal([undefined, (declared as number) + 2]);
    expect(stepper.last?.location?.file).to.equal(import.meta.filename);
  });

  it('tells who was spawned, who was cancelled and who has ended in a step', () => {
    const stepper = createStepper(function* main() {
      yield* taskGroup(function* body(tg) {
        const handle = tg.startSoon(child, 5);
        yield* checkpoint();
        handle.cancel();
      });
    });
    stepper.continue();
    const names = (tasks: Step['spawned']) => tasks.map(({ name }) => name).join();
    expect(
      stepper.history.map(({ spawned, cancelled, ended }) => [
        names(spawned),
        names(cancelled),
        names(ended),
      ]),
    ).to.deep.equal([
      ['main', '', ''],
      ['child', '', ''],
      ['', '', ''],
      ['', 'child', ''],
      ['', '', 'child'],
      ['', '', 'main'],
    ]);
  });

  it('gives undefined when the run has ended, and then the result', () => {
    const stepper = createStepper(() => child(3));
    expect(stepper.continue()).to.equal(undefined);
    expect([stepper.step(), stepper.stepOver(), stepper.stepOut(), stepper.runUntil('x')]).to.deep.equal(
      new Array(4).fill(undefined),
    );
    expect([stepper.result, stepper.isDone, stepper.tasks()]).to.deep.equal([3, true, []]);
  });

  it('throws what main threw when its result is read, and an error that says so before', () => {
    const failure = new Error('main failed');
    const stepper = createStepper(function* main(): Coroutine<number> {
      yield* checkpoint();
      throw failure;
    });
    stepper.step();
    expect(() => stepper.result).to.throw(
      'no result yet, for it has not ended: go on with step() or continue()',
    );
    stepper.step();
    expect(thrown(() => stepper.result)).to.equal(failure);
  });

  it('fails with a DeadlockError as a run does, after clean-up', () => {
    let cleaned = 0;
    const stepper = createStepper(function* main() {
      try {
        yield* taskGroup(function* body(tg) {
          const handle: TaskHandle<unknown> = tg.startSoon(function* waits() {
            yield* checkpoint();
            yield* other;
          });
          const other: TaskHandle<unknown> = tg.startSoon(function* waitsToo() {
            yield* handle;
          });
        });
      } finally {
        cleaned++;
      }
    });
    stepper.continue();
    expect(() => stepper.result).to.throw('nothing can ever wake one of them');
    expect(cleaned).to.equal(1);
  });

  it('tells instruments what a run tells them', async () => {
    const { main } = team(['a', twoSteps], ['b', () => outer()]);
    const [stepped, ran] = [eventLog(), eventLog()];
    createStepper(main, { instruments: [stepped] }).continue();
    await run(main, { instruments: [ran], backend: 'virtual' });
    expect(stepped.lines).to.deep.equal(ran.lines);
  });

  it('steps in the context of the host that a run would step in', () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const main = function* main(): Coroutine<void> {
      yield* taskGroup(function* body(tg) {
        storage.run('spawner', () =>
          tg.startSoon(function* look() {
            seen.push(storage.getStore());
          }),
        );
      });
    };
    for (const asyncContext of ['run', 'task'] as const) {
      const stepper = storage.run('caller', () => createStepper(main, { asyncContext }));
      storage.run('mover', () => stepper.continue());
    }
    expect(seen).to.deep.equal(['caller', 'spawner']);
  });

  describe('choosing who runs', () => {
    it('takes a ready task out of turn, and leaves the others in order', () => {
      const { main, handles } = team(['a', twoSteps], ['b', twoSteps], ['c', twoSteps]);
      const stepper = createStepper(main);
      stepper.runUntil(() => handles.length === 3);
      expect(stepper.ready.map(({ name }) => name)).to.deep.equal(['a', 'b', 'c']);
      expect(stepper.stepTask(handles[1]!)?.task.name).to.equal('b');
      expect(stepper.ready.map(({ name }) => name)).to.deep.equal(['a', 'c', 'b']);
      expect(stepper.stepTask(stepper.ready[1]!)?.task.name).to.equal('c');
      expect(stepper.step()?.task.name).to.equal('a');
    });

    it('refuses one that is parked, has ended, or does not exist', () => {
      const { main, handles } = team(['sleeper', () => child(5)], ['quick', function* () {}]);
      const stepper = createStepper(main);
      stepper.runUntil({ task: 'quick', on: 'exit' });
      const refused = (task: { id: number; name: string; parentId: undefined } | TaskHandle<unknown>) =>
        (thrown(() => stepper.stepTask(task)) as Error).message;
      expect(refused(handles[0]!)).to.match(
        /task #2 cannot be stepped: it waits \(sleep until .*\)\. Ready is none\./,
      );
      expect(refused(handles[1]!)).to.match(/task #3 cannot be stepped: it has ended/);
      expect(refused({ id: 9, name: 'x', parentId: undefined })).to.match(
        /task #9 .* there is no such task yet/,
      );
      stepper.continue();
      expect(refused(handles[1]!)).to.match(/the run has ended/);
    });

    it('refuses another one while a task is in the middle of its turn', () => {
      const { main, handles } = team(['caller', () => call(inner)], ['other', twoSteps]);
      const stepper = createStepper(main);
      stepper.runUntil({ effect: 'call' });
      expect(() => stepper.stepTask(handles[1]!)).to.throw(
        'Task caller (#2) is in the middle of its turn: it has entered or left a coroutine, which is no checkpoint, so it goes on first',
      );
      expect(stepper.stepTask(handles[0]!)?.function).to.equal('inner');
    });

    it('refuses a task of another run, and what is no task', () => {
      const [one, other] = [team(['a', twoSteps]), team(['a', twoSteps])];
      const steppers = [createStepper(one.main), createStepper(other.main)];
      for (const stepper of steppers) stepper.runUntil('a');
      expect(() => steppers[0]!.stepTask(other.handles[0]!)).to.throw(TypeError, 'belongs to another run');
      expect(() => steppers[0]!.stepTask('a' as never)).to.throw(TypeError, 'takes a task handle');
    });
  });

  describe('with foreign waits', () => {
    it('refuses to go on, naming the wait, and goes on once the host has brought it', async () => {
      const stepper = createStepper(function* main() {
        return yield* until(Promise.resolve(7));
      });
      stepper.step();
      const refusal = thrown(() => stepper.step());
      expect(refusal).to.be.instanceOf(ForeignWaitError);
      expect(String(refusal)).to.match(/ForeignWaitError: no task is ready[\s\S]*main.*: until\(promise\)/);
      expect(() => stepper.continue()).to.throw(ForeignWaitError);
      await Promise.resolve();
      expect(stepper.step()?.resumed.value).to.equal(7);
      expect(stepper.result).to.equal(7);
    });

    it('ends those that refuse to be given up when it is disposed of, as a hopeless run does', () => {
      let cleaned = false;
      const stepper = createStepper(function* main() {
        try {
          yield* shield(() => suspend(() => () => KEEP_WAITING));
        } finally {
          cleaned = true;
        }
      });
      stepper.runUntil({ effect: 'suspend' });
      stepper[Symbol.dispose]();
      expect([cleaned, stepper.isDone]).to.deep.equal([true, true]);
    });

    it('lets them go when it is disposed of', () => {
      let cleaned = false;
      {
        using stepper = createStepper(function* main() {
          try {
            yield* sleepForever();
          } finally {
            cleaned = true;
          }
        });
        stepper.step();
      }
      expect(cleaned).to.equal(true);
    });
  });

  describe('disposed of', () => {
    it('cancels main and lets clean-up run to its end, time included', () => {
      const log: string[] = [];
      const stepper = createStepper(function* main() {
        try {
          yield* sleep(10);
        } catch (error) {
          log.push(isCancelled(error) ? error.message : 'not cancelled');
          throw error;
        } finally {
          log.push('cleaned');
        }
      });
      stepper.step();
      stepper[Symbol.dispose]();
      expect(log).to.deep.equal(['the run was cancelled: its stepper was disposed of', 'cleaned']);
      expect(stepper.isDone).to.equal(true);
      expect(isCancelled(thrown(() => stepper.result))).to.equal(true);
      stepper[Symbol.dispose]();
      expect(log).to.have.length(2);
    });

    it('throws the error with which clean-up fails', () => {
      const failure = new Error('cannot close');
      const stepper = createStepper(function* main() {
        try {
          yield* sleep(10);
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested.
          throw failure;
        }
      });
      stepper.step();
      expect(thrown(() => stepper[Symbol.dispose]())).to.equal(failure);
    });

    it('says which tasks refuse to end', () => {
      const stepper = createStepper(function* main() {
        for (;;) {
          try {
            yield* sleep(10);
          } catch {
            // refuses
          }
        }
      });
      stepper.step();
      expect(() => stepper[Symbol.dispose]()).to.throw(
        /was cancelled and does not end: after 100000 steps of clean-up these tasks are left:\n.*main/,
      );
      expect(stepper.isDone).to.equal(true);
      stepper[Symbol.dispose]();
    });
  });

  describe('cancelled', () => {
    it('shows how it ends', () => {
      const stepper = createStepper(() => child(5));
      stepper.step();
      stepper.cancel('enough');
      const step = stepper.step();
      expect([step?.resumed.kind, step?.kind, step?.cancelled.length]).to.deep.equal(['error', 'threw', 1]);
      expect(() => stepper.result).to.throw('the run was cancelled from outside of any task: enough');
    });
  });

  describe('with bad input', () => {
    it('refuses it at once', () => {
      expect(() => createStepper(child(3) as never)).to.throw(
        TypeError,
        'createStepper(main) takes a generator function',
      );
      expect(() => createStepper(twoSteps, { backend: 'moon' as never })).to.throw(
        RangeError,
        'no backend "moon"',
      );
      expect(() => createStepper((() => 7) as never)).to.throw(
        TypeError,
        'was given 7, which is no operation',
      );
      const failure = new Error('before anything');
      const main = (): Coroutine<void> => {
        throw failure;
      };
      expect(thrown(() => createStepper(main))).to.equal(failure);
    });

    it('does not start main when its signal was aborted beforehand', () => {
      const log = eventLog();
      let isCalled = false;
      const main = (): Coroutine<number> => {
        isCalled = true;
        return child(1);
      };
      const stepper = createStepper(main, { signal: AbortSignal.abort('too late'), instruments: [log] });
      expect([stepper.isDone, stepper.step(), isCalled, log.lines]).to.deep.equal([
        true,
        undefined,
        false,
        [],
      ]);
      expect(thrown(() => stepper.result)).to.equal('too late');
    });

    it('refuses to be moved by the program that it steps', () => {
      const errors: unknown[] = [];
      const stepper: Stepper<void> = createStepper(function* main() {
        errors.push(
          thrown(() => stepper.step()),
          thrown(() => stepper[Symbol.dispose]()),
        );
      });
      stepper.step();
      expect(errors.map(String)).to.deep.equal(
        new Array(2).fill(
          'Error: a stepper cannot be moved by the program that it steps, while that takes a step',
        ),
      );
    });
  });
});
