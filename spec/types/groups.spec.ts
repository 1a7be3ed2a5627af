/** Types of task groups, handles and task status. */
import { expect } from 'chai';
import {
  type CancelScope,
  type Coroutine,
  type Effect,
  type Operation,
  runSync,
  sleep,
  TASK_STATUS_IGNORED,
  TaskGroup,
  TaskHandle,
  type TaskStatus,
  taskGroup,
} from 'treadle';
import { never, same } from '../support/types.js';

function* fetchText(url: string, tries: number): Coroutine<string> {
  yield* sleep(tries);
  return url;
}

function* serve(port: number, status: TaskStatus<{ url: string }>): Coroutine<boolean> {
  yield* sleep(1);
  status.started({ url: `:${port}` });
  return true;
}

describe('types: task groups', () => {
  it('a group gives what its body returns', () => {
    const value = runSync(function* () {
      const result = yield* taskGroup(function* (tg) {
        same<typeof tg, TaskGroup>();
        same<typeof tg.cancelScope, CancelScope>();
        yield* sleep(1);
        return [1, 'two'] as const;
      });
      same<typeof result, readonly [1, 'two']>();
      return result;
    });
    expect(value).to.deep.equal([1, 'two']);
  });

  it('ifCancelled widens the result by its own type, kept literal', () => {
    const value = runSync(function* () {
      const result = yield* taskGroup(
        function* (tg) {
          tg.cancel('enough');
          yield* sleep(1);
          return 5;
        },
        { ifCancelled: 'cut short' },
      );
      same<typeof result, number | 'cut short'>();
      return result;
    });
    expect(value).to.equal('cut short');
  });

  it('startSoon infers arguments and result', () => {
    const [text, later] = runSync(function* () {
      const handles = yield* taskGroup(function* (tg) {
        const first = tg.startSoon(fetchText, 'a', 1);
        same<typeof first, TaskHandle<string>>();
        const second = tg.startSoon(function* () {
          yield* sleep(1);
          return 7;
        });
        same<typeof second, TaskHandle<number>>();
        never(
          // @ts-expect-error an argument is missing
          () => tg.startSoon(fetchText, 'a'),
          // @ts-expect-error an argument has the wrong type
          () => tg.startSoon(fetchText, 1, 'a'),
          // @ts-expect-error a coroutine instead of its function
          () => tg.startSoon(fetchText('a', 1)),
          // @ts-expect-error an async function
          () => tg.startSoon(async () => 5),
        );
        return [first, second] as const;
      });
      return [handles[0].returnValue, handles[1].returnValue] as const;
    });
    same<typeof text, string>();
    same<typeof later, number>();
    expect([text, later]).to.deep.equal(['a', 7]);
  });

  it('createTask takes any operation, and refuses what is none', () => {
    runSync(function* () {
      yield* taskGroup(function* (tg) {
        const fromCoroutine = tg.createTask(fetchText('b', 1), { name: 'b' });
        same<typeof fromCoroutine, TaskHandle<string>>();
        const fromEffect = tg.createTask(sleep(1));
        same<typeof fromEffect, TaskHandle<void>>();
        const fromHandle = tg.createTask(fromCoroutine);
        same<typeof fromHandle, TaskHandle<string>>();
        never(
          // @ts-expect-error a function, not an operation
          () => tg.createTask(fetchText),
          // @ts-expect-error a promise
          () => tg.createTask(Promise.resolve(1)),
          // @ts-expect-error a list is iterable, but it yields no effects
          () => tg.createTask([1, 2]),
          // @ts-expect-error no such option
          () => tg.createTask(fetchText('b', 1), { title: 'b' }),
        );
        expect(yield* fromHandle).to.equal('b');
      });
    });
  });

  it('start gives what the task announces; startTask a handle with both', () => {
    runSync(function* () {
      yield* taskGroup(function* (tg) {
        const announced = yield* tg.start(serve, 80);
        same<typeof announced, { url: string }>();
        expect(announced.url).to.equal(':80');
        const handle = yield* tg.startTask(serve, [81], { name: 'server' });
        same<typeof handle, TaskHandle<boolean, { url: string }>>();
        same<typeof handle.startValue, { url: string }>();
        same<typeof handle.returnValue, boolean>();
        expect(handle.startValue.url).to.equal(':81');
        never(
          // @ts-expect-error the port is missing
          () => tg.start(serve),
          // @ts-expect-error the port has the wrong type
          () => tg.start(serve, 'eighty'),
          // @ts-expect-error arguments go in a list
          () => tg.startTask(serve, 81),
          // @ts-expect-error a task that wants something else than a status last
          () => tg.start(fetchText, 'a'),
        );
        expect(yield* handle).to.equal(true);
      });
    });
  });

  it('a status of void is told without a value, one of a type with it', () => {
    const calls: unknown[] = [];
    const silent: TaskStatus = { started: () => calls.push('silent') };
    silent.started();
    const told: TaskStatus<number> = { started: (value) => calls.push(value) };
    told.started(5);
    never(
      // @ts-expect-error the value is missing
      () => told.started(),
      // @ts-expect-error the value has the wrong type
      () => told.started('5'),
    );
    // A status that takes anything stands in for one that takes something.
    const ignored: TaskStatus<number> = TASK_STATUS_IGNORED;
    ignored.started(5);
    runSync(function* () {
      yield* serve(1, TASK_STATUS_IGNORED);
    });
    expect(calls).to.deep.equal(['silent', 5]);
  });

  it('a handle is an operation with a typed result, and a read-only view', () => {
    runSync(function* () {
      yield* taskGroup(function* (tg) {
        const handle = tg.startSoon(fetchText, 'c', 1);
        const joined = yield* handle;
        same<typeof joined, string>();
        const waited = yield* handle.wait();
        same<typeof waited, void>();
        same<typeof handle.id, number>();
        same<typeof handle.name, string>();
        same<typeof handle.coroutine, Operation<string>>();
        same<typeof handle.status, 'pending' | 'finished' | 'cancelling' | 'cancelled' | 'failed'>();
        same<typeof handle.returnValue, string>();
        same<typeof handle.exception, unknown>();
        same<typeof handle.startValue, unknown>();
        same<ReturnType<typeof handle.wait>, Effect<void>>();
        const wider: TaskHandle<string | number> = handle;
        never(
          () => {
            // @ts-expect-error read-only
            handle.returnValue = 'd';
          },
          () => {
            // @ts-expect-error a string is no number
            const narrower: TaskHandle<number> = handle;
            return narrower;
          },
          () => {
            const { wait } = handle;
            // @ts-expect-error wait() off its handle knows no task
            return wait();
          },
        );
        expect([joined, wider.returnValue]).to.deep.equal(['c', 'c']);
      });
    });
  });

  it('groups and handles are not made by hand', () => {
    never(
      // @ts-expect-error by taskGroup only
      () => new TaskGroup(),
      // @ts-expect-error by a group only
      () => new TaskHandle(),
    );
    expect(TaskGroup).to.be.a('function');
    expect(TaskHandle).to.be.a('function');
  });
});
