import { expect } from 'chai';
import { type Coroutine, checkpoint, ExceptionGroup, runSync, taskGroup } from '../../lib/index.js';

/** Tasks of startSoon get their generator with their first step: what of it can be seen. */
describe('the first step of a task of startSoon', () => {
  it('calls the generator function: initialisers of parameters run in the child', () => {
    const log: string[] = [];
    function note(what: string): string {
      log.push(what);
      return what;
    }
    function* child(name: string, suffix = note(`initialiser of ${name}`)): Coroutine<void> {
      log.push(`${name} ${suffix.length > 0}`);
      yield* checkpoint();
    }
    runSync(() =>
      taskGroup(function* (tg) {
        tg.startSoon(child, 'a');
        tg.startSoon(child, 'b');
        log.push('spawned');
      }),
    );
    expect(log).to.deep.equal(['spawned', 'initialiser of a', 'a true', 'initialiser of b', 'b true']);
  });

  it('fails the task when the call throws', () => {
    function* child({ length }: { length: number }): Coroutine<number> {
      yield* checkpoint();
      return length;
    }
    let error: unknown;
    try {
      runSync(() =>
        taskGroup(function* (tg) {
          tg.startSoon(child, undefined as unknown as string);
          yield* checkpoint();
        }),
      );
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.be.instanceOf(ExceptionGroup);
    const [lone] = (error as ExceptionGroup).errors;
    expect(lone).to.be.instanceOf(TypeError);
    expect((lone as Error).stack).to.match(/in task child \(#2\)/);
  });

  it('passes exactly the arguments given, however many', () => {
    const seen: unknown[][] = [];
    function* child(...args: unknown[]): Coroutine<void> {
      seen.push(args);
    }
    runSync(() =>
      taskGroup(function* (tg) {
        tg.startSoon(child);
        tg.startSoon(child, undefined);
        tg.startSoon(child, [1, 2]);
        tg.startSoon(child, 1, undefined);
        tg.startSoon(child, undefined, checkpoint);
        tg.startSoon(child, 1, 2, 3);
      }),
    );
    expect(seen).to.deep.equal([
      [],
      [undefined],
      [[1, 2]],
      [1, undefined],
      [undefined, checkpoint],
      [1, 2, 3],
    ]);
  });

  it('comes with the coroutine that the handle has shown before', () => {
    let runs = 0;
    function* child(): Coroutine<void> {
      runs++;
    }
    runSync(() =>
      taskGroup(function* (tg) {
        const handle = tg.startSoon(child);
        const { coroutine } = handle;
        yield* handle;
        expect(handle.coroutine).to.equal(coroutine);
        expect(String(coroutine)).to.equal('[object Generator]');
      }),
    );
    expect(runs).to.equal(1);
  });
});
