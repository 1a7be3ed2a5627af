/** Context variables: a child has a copy of what its spawner had, or the Context it was given. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Coroutine,
  call,
  checkpoint,
  NoEventLoopError,
  run as runOnce,
  runSync,
  type TaskHandle,
  type TaskStatus,
  taskGroup,
  until,
} from 'treadle';
import { ContextVar, type ContextVarToken, copyContext } from '../../lib/interop/context.js';
import { withPortal } from '../../lib/interop/portal.js';
import { onEachBackend, thrown } from '../support/contract.js';

const user = new ContextVar<string>('user');

function* readUser(): Coroutine<string> {
  yield* checkpoint();
  return user.get('nobody');
}

onEachBackend('ContextVar', (_run, { it }) => {
  it('belongs to the task that sets it: what it spawns afterwards has a copy, its spawner sees nothing', function* () {
    const labels: string[] = [];
    user.set('ann');
    yield* taskGroup(function* (tg) {
      const before = tg.startSoon(readUser);
      const child = tg.startSoon(function* () {
        labels.push(`child begins with ${user.get()}`);
        user.set('bob');
        yield* checkpoint();
        labels.push(`child has ${user.get()}`);
        labels.push(
          `grandchild has ${yield* taskGroup(function* (inner) {
            return yield* inner.startSoon(readUser);
          })}`,
        );
      });
      yield* child.wait();
      user.set('cay');
      const after = tg.startSoon(readUser);
      labels.push(`before ${yield* before}`, `after ${yield* after}`);
    });
    labels.push(`parent has ${user.get()}`);
    expect(labels).deep.equal([
      'child begins with ann',
      'child has bob',
      'grandchild has bob',
      'before ann',
      'after cay',
      'parent has cay',
    ]);
  });

  it('a child gets the context of the task that spawns it, not that of its group', function* () {
    const found = yield* taskGroup(function* (tg) {
      user.set('host of the group');
      const handles: TaskHandle<string>[] = [];
      yield* tg.startSoon(function* () {
        user.set('spawner');
        handles.push(tg.startSoon(readUser), tg.createTask(readUser()));
        yield* checkpoint();
      });
      const values: string[] = [];
      for (const handle of handles) values.push(yield* handle);
      return values;
    });
    expect(found).deep.equal(['spawner', 'spawner']);
  });

  it('start() and startTask() hand it on, and a portal gives that of its task', function* () {
    function* ready(status: TaskStatus<string>): Coroutine<void> {
      status.started(user.get('nobody'));
      user.set('changed by the child');
      yield* checkpoint();
    }
    const found = yield* call(function* () {
      user.set('ann');
      const started = yield* taskGroup(function* (tg) {
        return [yield* tg.start(ready), (yield* tg.startTask(ready, [])).startValue];
      });
      const called = yield* withPortal(function* (portal) {
        return yield* until(
          new Promise<string>((resolve, reject) => {
            setTimeout(() => portal.call(readUser).then(resolve, reject), 1);
          }),
        );
      });
      return [...started, called, user.get()];
    });
    expect(found).deep.equal(['ann', 'ann', 'ann', 'ann']);
  });

  it('reset puts back what was there before, or that there was nothing', function* () {
    const found = yield* call(function* () {
      const labels: string[] = [];
      const first = user.set('one');
      const second = user.set('two');
      yield* checkpoint();
      user.reset(second);
      labels.push(user.get());
      user.reset(first);
      labels.push(user.get('nothing'));
      return labels;
    });
    expect(found).deep.equal(['one', 'nothing']);
  });

  it('a token resets once, its own variable, in its own task', function* () {
    const other = new ContextVar<string>('other');
    const errors = yield* call(function* () {
      const token = user.set('ann');
      const used = user.set('bob');
      user.reset(used);
      const found = [
        thrown(() => user.reset(used)),
        thrown(() => other.reset(token)),
        thrown(() => copyContext().run(() => user.reset(token))),
        // @ts-expect-error no token
        thrown(() => user.reset('ann')),
      ];
      yield* taskGroup(function* (tg) {
        yield* tg.startSoon(function* () {
          found.push(thrown(() => user.reset(token)));
          yield* checkpoint();
        });
      });
      user.reset(token); // none of the mistakes has used it up
      return [...found.map(String), user.get('nothing')];
    });
    expect(errors).deep.equal([
      'Error: a token of user was used before: it resets once',
      'TypeError: other.reset() was given a token of another variable: user',
      'Error: a token of user was made in another task or context: reset it where set() was called',
      'TypeError: user.reset(token) takes what set() gave, not the string "ann"',
      'Error: a token of user was made in another task or context: reset it where set() was called',
      'nothing',
    ]);
  });

  it('get: what is set, else the fallback, else the default, else an error', function* () {
    const withDefault = new ContextVar<string | undefined>('with default', { defaultValue: undefined });
    const found = yield* call(function* () {
      yield* checkpoint();
      const unset = [
        thrown(() => user.get()) instanceof Error,
        user.get(null),
        withDefault.get(),
        withDefault.get('x'),
      ];
      withDefault.set('set');
      return [...unset, withDefault.get(), withDefault.get('x')];
    });
    expect(found).deep.equal([true, null, undefined, 'x', 'set', 'set']);
  });
});

onEachBackend('Context', (_run, { it }) => {
  it('copyContext is a copy: later changes on either side do not reach the other', function* () {
    const found = yield* call(function* () {
      user.set('ann');
      const context = copyContext();
      user.set('bob');
      const seen = [context.get(user), user.get()];
      const inside = context.run(() => {
        user.set('cay');
        return user.get();
      });
      yield* checkpoint();
      return [...seen, inside, context.get(user), user.get()];
    });
    expect(found).deep.equal(['ann', 'bob', 'cay', 'cay', 'bob']);
  });

  it('a task created with it runs in it: what the task sets stays there', function* () {
    const labels: (string | undefined)[] = [];
    user.set('ann');
    const context = copyContext();
    user.set('bob');
    yield* taskGroup(function* (tg) {
      function* visitor(): Coroutine<void> {
        labels.push(user.get());
        const token = user.set('cay');
        yield* checkpoint();
        labels.push(yield* taskGroup((inner) => inner.startSoon(readUser)), user.get());
        user.reset(token);
        user.set('dan');
      }
      yield* tg.createTask(visitor(), { context });
    });
    labels.push(context.get(user), user.get());
    expect(labels).deep.equal(['ann', 'cay', 'cay', 'dan', 'bob']);
  });

  it('what a task spawns that runs in a Context has a copy of that moment', function* () {
    const labels: (string | undefined)[] = [];
    const context = copyContext();
    yield* taskGroup(function* (tg) {
      function* visitor(): Coroutine<void> {
        user.set('before');
        const child = tg.startSoon(function* () {
          yield* checkpoint();
          labels.push(user.get());
          user.set('by the child');
        });
        user.set('after');
        yield* child.wait();
        labels.push(user.get());
      }
      yield* tg.createTask(visitor(), { context });
    });
    labels.push(context.get(user));
    expect(labels).deep.equal(['before', 'after', 'after']);
  });

  it('a task spawned inside context.run has its values, and the function an end, also by an error', function* () {
    const found = yield* taskGroup(function* (tg) {
      const context = copyContext();
      context.run(() => user.set('inside'));
      const handle = context.run(() => tg.startSoon(readUser));
      thrown(() =>
        context.run(() => {
          throw new Error('out');
        }),
      );
      return [yield* handle, user.get('outside')];
    });
    expect(found).deep.equal(['inside', 'outside']);
  });
});

describe('context variables outside of tasks', () => {
  it('can be read with a default or a fallback, and set inside of context.run alone', () => {
    const name = new ContextVar<string>('name', { defaultValue: 'default' });
    const context = copyContext();
    const inside = context.run(() => {
      name.set('inside');
      const nested = copyContext().run(() => {
        name.set('nested');
        return name.get();
      });
      return [nested, name.get(), runSync(() => readName(name))];
    });
    expect([name.get(), user.get('nobody'), ...inside, name.get(), context.get(name)]).deep.equal([
      ...['default', 'nobody', 'nested', 'inside', 'default', 'default', 'inside'],
    ]);
    expect(thrown(() => name.set('x'))).instanceOf(NoEventLoopError);
    expect(thrown(() => user.get())).instanceOf(NoEventLoopError);
  });

  it('refuse bad input where it is passed', async () => {
    // @ts-expect-error a variable has a name
    expect(thrown(() => new ContextVar())).instanceOf(TypeError);
    await runOnce(() =>
      taskGroup(function* (tg) {
        yield* checkpoint();
        for (const context of [{}, 'context', null]) {
          // @ts-expect-error no Context
          expect(thrown(() => tg.createTask(checkpoint(), { context }))).instanceOf(TypeError);
        }
      }),
    );
  });

  function* readName(name: ContextVar<string>): Coroutine<string> {
    yield* checkpoint();
    return name.get();
  }
});

/** What a random program does, one step a task: see the model below. */
type Step = { readonly task: number; readonly act: 'set' | 'reset' | 'spawn' | 'read' };

describe('context variables', () => {
  it('agree with a model in which each task has a copy of its own', () => {
    const step = fc.record({
      task: fc.nat(5),
      act: fc.constantFrom<Step['act']>('set', 'reset', 'spawn', 'read'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        expect(perform(steps)).deep.equal(model(steps));
      }),
      { numRuns: 100 },
    );
  });

  const variable = new ContextVar<number>('n');

  /** Each task obeys a list of orders of its own; one order is carried out at a time. */
  function perform(steps: readonly Step[]): (number | string)[] {
    const seen: (number | string)[] = [];
    const orders: (() => void)[][] = [[]];
    runSync(() =>
      taskGroup(function* (tg) {
        function* obey(index: number): Coroutine<void> {
          while (orders[index] !== undefined) {
            orders[index]?.shift()?.();
            yield* checkpoint();
          }
        }
        const tokens: ContextVarToken<number>[][] = [[]];
        tg.startSoon(obey, 0);
        for (const [i, { task, act }] of steps.entries()) {
          const index = task % tokens.length;
          orders[index]?.push(() => {
            if (act === 'set') tokens[index]?.push(variable.set(i));
            else if (act === 'read') seen.push(variable.get('unset'));
            else if (act === 'spawn') {
              orders.push([]);
              tg.startSoon(obey, tokens.push([]) - 1);
            } else {
              const token = tokens[index]?.pop();
              if (token !== undefined) variable.reset(token);
            }
          });
          yield* checkpoint();
          yield* checkpoint();
        }
        orders.length = 0;
      }),
    );
    return seen;
  }

  function model(steps: readonly Step[]): (number | string)[] {
    const seen: (number | string)[] = [];
    const tasks: { value: number | string; history: (number | string)[] }[] = [
      { value: 'unset', history: [] },
    ];
    for (const [i, { task, act }] of steps.entries()) {
      const current = tasks[task % tasks.length];
      if (current === undefined) break;
      if (act === 'set') {
        current.history.push(current.value);
        current.value = i;
      } else if (act === 'read') seen.push(current.value);
      else if (act === 'spawn') tasks.push({ value: current.value, history: [] });
      else current.value = current.history.pop() ?? current.value;
    }
    return seen;
  }
});
