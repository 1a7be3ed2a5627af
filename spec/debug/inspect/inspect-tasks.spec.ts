import { expect } from 'chai';
import {
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  coroutine,
  createMemoryObjectStream,
  failAfter,
  Lock,
  moveOnAfter,
  type Run,
  run,
  shield,
  sleep,
  sleepForever,
  taskGroup,
} from 'treadle';
import { waitAllTasksBlocked } from 'treadle/testing';
import { spawnTraces } from '../../../lib/debug/errors/spawn-traces.js';
import { watchDelegation } from '../../../lib/debug/inspect/delegation.js';
import { inspectTasks } from '../../../lib/debug/inspect/inspect-tasks.js';
import { type AsyncInspector, askAsync } from '../../../lib/debug/inspect/inspector-protocol.js';
import { localInspector } from '../../../lib/debug/inspect/local-inspector.js';
import { remoteInspection } from '../../../lib/debug/inspect/remote-inspection.js';
import type { TaskSnapshot } from '../../../lib/debug/inspect/task-snapshot.js';
import { liveRuns } from '../../../lib/run.js';
import { rejection, thrown } from '../../support/contract.js';
import { frameText, inspected, linesOf, NO_SEARCH, named } from '../../support/inspected.js';

const lineOf = linesOf(import.meta.url);

function* readRow(id: number): Coroutine<string> {
  const table = 'users';
  yield* sleep(50); // readRow waits
  return table + id;
}

function* patient(): Coroutine<string> {
  const text = 'abc';
  yield* sleep(60_000);
  return text;
}

function* load(job: { readonly id: number }): Coroutine<string> {
  const key = `job:${job.id}`;
  const row = yield* readRow(job.id); // load delegates
  return key + row;
}

const walk = coroutine('walk', function* (depth: number): Coroutine<void> {
  if (depth === 0) yield* sleepForever(); // walk waits
  yield* walk(depth - 1); // walk calls
});

function* worker(): Coroutine<void> {
  let rounds = 0;
  while (rounds < 1) {
    yield* call(load, { id: 7 }); // worker calls
    rounds++;
  }
}

function* scoped(): Coroutine<void> {
  yield* failAfter(80, function* () {
    const inner = 1;
    yield* taskGroup(
      // scoped opens a group
      function* () {
        yield* sleepForever(); // scoped waits
      },
      { name: 'inner' },
    );
    return inner;
  });
}

describe('inspectTasks', () => {
  // What other specs have left standing is not looked at.
  before(() => liveRuns.clear());

  it('shows the frames of call, and at which line of the source each stands, with its variables', async () => {
    const [task] = await inspected(worker);
    expect(task?.frames.map(frameText)).to.deep.equal([
      `call load:${lineOf('// load delegates')} job={id: 7} key="job:7" row=undefined`,
      `task worker:${lineOf('// worker calls')} rounds=0`,
    ]);
    expect(task?.frames[0]?.location?.file).to.match(/\/spec\/debug\/inspect\/inspect-tasks\.spec\.ts$/);
    expect(task?.frames[0]?.location?.column).to.be.greaterThan(1);
    expect(task?.missing).to.deep.equal([]);
  });

  it('shows the frames hidden in native yield* while somebody watches delegation', async () => {
    using _ = watchDelegation();
    const [task] = await inspected(worker, {});
    expect(task?.frames.map(frameText)).to.deep.equal([
      `yield* readRow:${lineOf('// readRow waits')} id=7 table="users"`,
      `call load:${lineOf('// load delegates')} job={id: 7} key="job:7" row=undefined`,
      `task worker:${lineOf('// worker calls')} rounds=0`,
    ]);
  });

  it('names frames as coroutine() was told, in recursion too', async () => {
    const [walker] = await inspected(function* () {
      yield* walk(2);
    });
    expect(walker?.frames.map(frameText)).to.deep.equal([
      `call walk:${lineOf('// walk waits')} depth=0`,
      `call walk:${lineOf('// walk calls')} depth=1`,
      `call walk:${lineOf('// walk calls')} depth=2`,
      `task (anonymous):${lineOf('const [walker] = await inspected(function* () {') + 1}`,
    ]);
  });

  it('shows bodies of scopes and of groups as frames, and the scopes from the innermost outwards', async () => {
    const [task] = await inspected(scoped);
    expect(task?.frames.map(frameText)).to.deep.equal([
      `group (anonymous):${lineOf('// scoped waits')}`,
      `scope (anonymous):${lineOf('// scoped opens a group') - 1} inner=1`,
      `task scoped:${lineOf('yield* failAfter(80, function* () {')}`,
    ]);
    expect(task?.scopes.map(({ kind, name, remaining }) => [kind, name, remaining])).to.deep.equal([
      ['group', 'inner', Infinity],
      ['scope', undefined, 80],
      ['task', 'scoped', Infinity],
    ]);
  });

  it('tells of shields, of cancellation and of what has cancelled a scope', async () => {
    const [task] = await inspected(function* stubborn() {
      yield* cancelScope(function* (scope) {
        scope.cancel('enough');
        yield* shield(() => sleep(5));
      });
    });
    const [inner, outer] = task?.scopes ?? [];
    expect([inner?.shield, inner?.cancelCalled, inner?.why]).to.deep.equal([true, false, undefined]);
    expect([outer?.shield, outer?.cancelCalled]).to.deep.equal([false, true]);
    expect(outer?.why).to.match(/^a scope was cancelled by task stubborn \(#2\): enough$/);
    expect(task?.isCancelled).to.equal(false); // behind the shield it is not
  });

  it('a cancelled task that cannot give up its wait is cancelled, and says so', async () => {
    const [task] = await inspected(function* () {
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          yield* shield(() => sleep(5));
        });
        tg.cancel();
      });
    });
    expect([task?.isCancelled, task?.state, task?.waitsFor]).to.deep.equal([
      true,
      'parked',
      `the end of a task group of task task-2 (1 child left)`,
    ]);
    expect(task?.frames.map(({ entered }) => entered)).to.deep.equal(['task']); // the body of the group is over
  });

  it('lists tasks in the order of their creation, with the tree in children', async () => {
    const tasks = await inspected(function* root() {
      yield* taskGroup(
        function* (tg) {
          tg.createTask(
            taskGroup(function* (inner) {
              inner.createTask(sleepForever(), { name: 'grandchild' });
            }),
            { name: 'first' },
          );
          for (let turns = 0; turns < 3; turns++) yield* checkpoint(); // the grandchild is spawned meanwhile
          tg.createTask(sleepForever(), { name: 'second' });
        },
        { name: 'jobs' },
      );
    });
    expect(tasks.map(({ id, name, parentId }) => [id, name, parentId])).to.deep.equal([
      [2, 'root', 1],
      [3, 'first', 2],
      [4, 'grandchild', 3],
      [5, 'second', 2],
    ]);
    const names = ({ name, children }: TaskSnapshot): unknown[] => [name, ...children.map(names)];
    expect(tasks.slice(0, 1).map(names)).to.deep.equal([['root', ['first', ['grandchild']], ['second']]]);
    expect(tasks.map(({ group }) => group)).to.deep.equal([
      'a task group of task task-1',
      'task group "jobs"',
      'a task group of task first',
      'task group "jobs"',
    ]);
    expect(new Set(tasks.map((task) => task.run))).to.deep.equal(new Set(['run "spec"']));
  });

  it('tells tasks that run, are ready, have not begun or are parked apart', async () => {
    const states = await run(
      function* looker() {
        return yield* taskGroup(function* (tg) {
          tg.createTask(sleepForever(), { name: 'sleeper' });
          tg.startSoon(function* spinner() {
            for (;;) yield* checkpoint();
          });
          yield* checkpoint();
          yield* checkpoint();
          tg.startSoon(function* fresh() {
            yield* checkpoint();
          });
          tg.createTask(sleepForever(), { name: 'effect' });
          tg.createTask(worker(), { name: 'coroutine' });
          const seen = inspectTasks(undefined, NO_SEARCH).map(({ name, state, waitsFor }) => [
            name,
            state,
            waitsFor,
          ]);
          tg.cancel();
          return seen;
        });
      },
      { backend: 'virtual' },
    );
    expect(states).to.deep.equal([
      ['looker', 'running', undefined],
      ['sleeper', 'parked', 'sleepForever'],
      ['spinner', 'ready', undefined],
      ['fresh', 'created', undefined],
      ['effect', 'created', undefined],
      ['coroutine', 'created', undefined],
    ]);
  });

  it('shows where the function of a task was declared and, with spawnTraces, the line that spawned it', async () => {
    const [, task] = await run(
      function* () {
        return yield* taskGroup(function* (tg) {
          tg.startSoon(worker); // spawned here
          yield* waitAllTasksBlocked();
          const seen = inspectTasks(undefined, NO_SEARCH);
          tg.cancel();
          return seen;
        });
      },
      { backend: 'virtual', instruments: [spawnTraces()] },
    );
    expect(task?.spawned?.line).to.equal(lineOf('function* worker(): Coroutine<void> {'));
    expect(task?.spawnedAt?.line).to.equal(lineOf('// spawned here'));
    const [without] = await inspected(worker);
    expect(without?.spawnedAt).to.equal(undefined);
  });

  it('shows one run, or all that are alive, and none that has ended', async () => {
    const one = run(sleepForever, { name: 'one' });
    const other = run(sleepForever, { name: 'other' });
    const never = run(sleepForever, { signal: AbortSignal.abort('before it began') });
    const runs = (which?: Run<unknown>) => inspectTasks(which, NO_SEARCH).map((task) => task.run);
    expect(runs()).to.deep.equal(['run "one"', 'run "other"']);
    expect(runs(other)).to.deep.equal(['run "other"']);
    expect(runs(never)).to.deep.equal([]);
    one.cancel();
    await rejection(one);
    expect(runs()).to.deep.equal(['run "other"']);
    expect(runs(one)).to.deep.equal([]);
    other.cancel();
    await rejection(other);
    await rejection(never);
  });

  it('gives the values of variables as they are, and runs no code of the program for their words', async () => {
    const calls: string[] = [];
    const spy = {
      get secret(): string {
        calls.push('getter');
        return 'secret';
      },
      toString(): string {
        calls.push('toString');
        return 'spy';
      },
      get [Symbol.toStringTag](): string {
        calls.push('toStringTag');
        return 'Spy';
      },
    };
    const trap = (): never => {
      calls.push('trap');
      throw new Error('a trap was called');
    };
    const proxy = new Proxy(spy, {
      get: trap,
      getPrototypeOf: trap,
      ownKeys: trap,
      getOwnPropertyDescriptor: trap,
    });
    const [task] = await inspected(function* () {
      const held = { spy, proxy, list: [proxy] };
      const direct = proxy;
      yield* sleepForever();
      return [held, direct];
    });
    const [held, direct] = task?.frames[0]?.locals ?? [];
    expect([held?.text, direct?.text]).to.deep.equal(['{spy: {…}, proxy: Proxy, list: Array(1)}', 'Proxy']);
    expect(held?.value).to.have.property('spy', spy);
    expect(direct?.value).to.equal(proxy);
    expect(calls).to.deep.equal([]);
  });

  it('shows what a closure has captured, marked as such', async () => {
    const task = await inspected(
      (() => {
        const captured = new Lock({ name: 'captured' });
        return function* () {
          yield* captured.acquire();
          yield* sleepForever();
        };
      })(),
    );
    const closure = task[0]?.frames[0]?.locals.filter(({ scope }) => scope === 'closure');
    expect(closure?.find(({ name }) => name === 'captured')?.text).to.equal('Lock "captured"');
  });

  it('leaves the variables out if it is told to, or gives those of so many tasks with one stack', async () => {
    function* many(): Coroutine<void> {
      yield* taskGroup(function* (tg) {
        for (let n = 0; n < 5; n++) tg.startSoon(readRow, n);
      });
    }
    const counted = async (locals: boolean | number) => {
      const tasks = await inspected(many, { ...NO_SEARCH, locals });
      return tasks.slice(1).map(({ frames }) => frames[0]?.locals.length);
    };
    expect(await counted(true)).to.deep.equal([2, 2, 2, 2, 2]);
    expect(await counted(2)).to.deep.equal([2, 2, 0, 0, 0]);
    expect(await counted(false)).to.deep.equal([0, 0, 0, 0, 0]);
  });

  it('stops looking when its time is up, has looked at each distinct stack by then, and says what is missing', async () => {
    const tasks = await inspected(
      function* () {
        yield* taskGroup(function* (tg) {
          for (let n = 0; n < 1000; n++) tg.startSoon(readRow, n);
          tg.startSoon(worker);
        });
      },
      { ...NO_SEARCH, timeLimitMs: 0 },
    );
    const looked = tasks.filter(({ frames }) => frames[0]?.location !== undefined);
    expect(tasks).to.have.lengthOf(1002);
    expect(looked.length).to.be.within(3, 400);
    expect(named(tasks, 'worker').frames[0]?.location?.line).to.equal(lineOf('// load delegates'));
    const last = tasks.at(-2);
    expect(last?.missing.join()).to.match(/source lines and variables: the time limit was reached/);
    expect(last?.waitsFor).to.equal('sleep until +50 ms');
    expect(last?.frames.map(({ name }) => name)).to.deep.equal(['readRow']);
  });

  it('does not search a heap that is too large for it, and says so', async () => {
    const [task] = await inspected(worker, { heapLimitMB: 0 });
    expect(task?.frames.map(({ name }) => name)).to.deep.equal(['load', 'worker']);
    expect(task?.missing.join()).to.match(
      /^frames inside of native yield\*: the heap is too large .*heapLimitMB is 0\).*watchDelegation/,
    );
  });

  it('does not search the heap when no generator is suspended but those that are shown', async () => {
    const notBegun = readRow(1);
    const [sleeper] = await inspected(
      function* () {
        yield* sleepForever();
      },
      { heapLimitMB: 0 },
    );
    expect(sleeper?.missing).to.deep.equal([]);
    notBegun.return('');
  });

  it('shows the top and the bottom of a very deep stack, and counts the frames between', async () => {
    const [task] = await inspected(function* deep() {
      yield* walk(5000);
    });
    expect(task?.frames).to.have.lengthOf(110);
    expect(task?.frames[0]?.locals[0]?.text).to.equal('0');
    expect(task?.frames.at(-1)?.name).to.equal('deep');
    expect(task?.missing).to.deep.equal(['4892 frames in the middle of the stack']);
  });

  it('goes the same way for another process: words instead of values', async () => {
    const inspector = localInspector();
    if (typeof inspector === 'string') throw new Error(inspector);
    // This process, asked as another one is: each answer comes in a turn of its own.
    const remote: AsyncInspector = {
      post: (method, params) =>
        new Promise((resolve) => setImmediate(() => resolve(inspector.post(method, params)))),
      onEvent: (name, listener) => inspector.onEvent(name, listener),
    };
    const running = run(patient, { name: 'remote' });
    await new Promise(setImmediate);
    const far = await askAsync(remote, remoteInspection(NO_SEARCH));
    const near = inspectTasks(running, NO_SEARCH);
    running.cancel();
    await rejection(running);
    const withoutValues = (tasks: readonly TaskSnapshot[]) =>
      tasks.map(({ frames, waitsFor: _, spawnedAt: __, ...task }) => ({
        ...task,
        frames: frames.map(({ locals, ...frame }) => ({
          ...frame,
          locals: locals.map(({ name, text, scope }) => ({ name, text, scope })),
        })),
      }));
    expect(withoutValues(far)).to.deep.equal(withoutValues(near));
    expect(far[0]?.frames[0]?.locals[0]).to.not.have.property('value');
    expect(far[0]?.waitsFor).to.match(/^sleep until (\+\d+ ms|\d+ ms ago)$/);
  });

  it('passes on what the other process refuses, and lets go of its handles all the same', async () => {
    const methods: string[] = [];
    const broken: AsyncInspector = {
      post: (method) => {
        methods.push(method);
        return method === 'Runtime.evaluate'
          ? Promise.reject(new Error('the line is dead'))
          : Promise.resolve({});
      },
      onEvent: () => () => {},
    };
    expect(String(await rejection(askAsync(broken, remoteInspection())))).to.equal('Error: the line is dead');
    expect(methods).to.deep.equal(['Runtime.evaluate', 'Runtime.releaseObjectGroup']);
  });

  it('a process without Treadle is refused in words', async () => {
    const other: AsyncInspector = {
      post: () => Promise.resolve({ result: { type: 'undefined' } }),
      onEvent: () => () => {},
    };
    const error = await rejection(askAsync(other, remoteInspection()));
    expect(String(error)).to.match(/^NotTreadleError: the process has not loaded Treadle/);
  });

  it('leaves nothing behind in the global object', async () => {
    await inspected(worker);
    const left = Object.getOwnPropertySymbols(globalThis).map(String);
    expect(left).to.not.include('Symbol(treadle.inspection)');
    expect(left).to.not.include('Symbol(treadle.delegates)');
  });

  it('refuses what is no run, and options that mean nothing', () => {
    const refusal = (...args: unknown[]) =>
      String(thrown(() => Reflect.apply(inspectTasks, undefined, args)));
    expect(refusal(Promise.resolve())).to.match(/^TypeError: inspectTasks\(run\) takes what run\(\) gave/);
    expect(refusal('main')).to.match(/^TypeError: inspectTasks\(run\) takes what run\(\) gave/);
    expect(refusal({ locals: false })).to.match(/for all runs .* pass undefined before the options$/);
    expect(refusal(undefined, 5)).to.match(
      /^TypeError: the options of inspectTasks\(run, options\) are an object/,
    );
    expect(refusal(undefined, { locals: 'all' })).to.match(
      /^TypeError: the option locals .*true, false, or a number/,
    );
    expect(refusal(undefined, { locals: -1 })).to.match(/^TypeError: the option locals/);
    expect(refusal(undefined, { hiddenFrames: 1 })).to.match(
      /^TypeError: the option hiddenFrames .*true or false/,
    );
    expect(refusal(undefined, { timeLimitMs: Number.NaN })).to.match(
      /^TypeError: the option timeLimitMs .*0 or more/,
    );
    expect(refusal(undefined, { heapLimitMB: '9' })).to.match(
      /^TypeError: the option heapLimitMB .*0 or more/,
    );
  });

  it('can be used where a stream, a scope with a deadline and a moved task meet', async () => {
    const tasks = await inspected(function* () {
      const [, receive] = createMemoryObjectStream<number>(3, { name: 'jobs' });
      yield* moveOnAfter(20, () => receive.receive());
    });
    expect(tasks[0]?.waitsFor).to.equal('receive on stream "jobs" (0/3, 1 waiting)');
    expect(tasks[0]?.scopes[0]?.deadline).to.be.a('number');
  });
});
