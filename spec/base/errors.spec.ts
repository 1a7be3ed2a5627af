/** Every error class: a name that survives minifiers, a family, an ordinary error's behaviour. */
import { expect } from 'chai';
import * as treadle from 'treadle';
import { thrown } from '../support/contract.js';

const CLASSES: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  BrokenResourceError: treadle.BrokenResourceError,
  BusyResourceError: treadle.BusyResourceError,
  ClosedResourceError: treadle.ClosedResourceError,
  DeadlockError: treadle.DeadlockError,
  EndOfStream: treadle.EndOfStream,
  NoEventLoopError: treadle.NoEventLoopError,
  RunFinishedError: treadle.RunFinishedError,
  TaskCancelled: treadle.TaskCancelled,
  TaskFailed: treadle.TaskFailed,
  TaskNotFinished: treadle.TaskNotFinished,
  TimeoutError: treadle.TimeoutError,
  WouldBlock: treadle.WouldBlock,
};

describe('error classes', () => {
  for (const [name, ErrorClass] of Object.entries(CLASSES)) {
    it(`${name} has a stable name, a message, a cause and a stack that begins with both`, () => {
      class Renamed extends ErrorClass {}
      const error = new ErrorClass('what happened', { cause: 5 });
      expect(error).to.be.instanceOf(Error);
      expect([error.name, error.message, error.cause]).to.deep.equal([name, 'what happened', 5]);
      expect(error.stack?.split('\n')[0]).to.equal(`${name}: what happened`);
      expect(new Renamed('what happened').name).to.equal(name);
      expect(Object.keys(error)).to.deep.equal([]);
    });
  }

  it('a cancelled task is a failed one; nothing else is', () => {
    const failed = Object.entries(CLASSES).filter(
      ([, ErrorClass]) => new ErrorClass('') instanceof treadle.TaskFailed,
    );
    expect(failed.map(([name]) => name)).to.deep.equal(['TaskCancelled', 'TaskFailed']);
  });

  it('a subclass may have a name of its own, as with any error: a field, or set', () => {
    class NoAnswer extends treadle.TimeoutError {
      override name = 'NoAnswer';
    }
    class NoMore extends treadle.EndOfStream {
      override readonly name = 'NoMore';
    }
    class Several extends treadle.ExceptionGroup {
      constructor(errors: unknown[]) {
        super(errors);
        this.name = 'Several';
      }
    }
    const names = [new NoAnswer(), new NoMore(), new Several([1])].map(({ name }) => name);
    expect(names).to.deep.equal(['NoAnswer', 'NoMore', 'Several']);
    expect(new treadle.TimeoutError().name).to.equal('TimeoutError');
  });

  it('say what to do, each in the place where a user meets it', () => {
    const { Event, Future, ResourceGuard, runSync, taskGroup } = treadle;
    let count = 0;
    const tell = (remedy: RegExp, fn: () => unknown): void => {
      expect(String(thrown(fn))).to.match(remedy);
      count++;
    };
    tell(/^NoEventLoopError: .*call it from a coroutine that run\(\) drives/, () => treadle.currentTask());
    tell(/^DeadlockError: .*wait with a timeout \(failAfter\)/s, () => runSync(() => new Event().wait()));
    runSync(function* () {
      let portal: treadle.Portal | undefined;
      yield* treadle.withPortal(function* (opened) {
        portal = opened;
      });
      tell(/^RunFinishedError: .*keep the body of withPortal\(\) running/, () =>
        portal?.call(treadle.checkpoint),
      );
      const [send, receive] = treadle.createMemoryObjectStream<number>();
      tell(/^WouldBlock: .*use receive\(\) to wait/, () => receive.receiveNowait());
      tell(/^WouldBlock: .*use send\(\) to wait/, () => send.sendNowait(1));
      send.close();
      tell(/^EndOfStream: .*use next\(\) or forEach\(\)/, () => receive.receiveNowait());
      tell(/^ClosedResourceError: .*take a clone\(\)/, () => send.sendNowait(1));
      const guard = new ResourceGuard('reading from');
      guard.enter();
      tell(/^BusyResourceError: .*put a Lock around it/, () => guard.enter());
      const future = new Future<number>({ name: 'answer' });
      tell(/^TaskNotFinished: .*wait for it with yield\* future/, () => future.returnValue);
      future.cancel();
      tell(/^TaskCancelled: .*wait\(\) only waits, and status tells how it ended/, () => future.returnValue);
      const lock = new treadle.Lock();
      const semaphore = new treadle.Semaphore(0);
      const limiter = new treadle.CapacityLimiter(1);
      limiter.acquireOnBehalfOfNowait('a job');
      yield* taskGroup(function* (tg) {
        const owner = tg.startSoon(function* owner() {
          lock.acquireNowait();
          yield* treadle.sleep(1);
        });
        tell(/^TaskNotFinished: .*wait for it with yield\* handle/, () => owner.returnValue);
        yield* treadle.checkpoint();
        tell(/^WouldBlock: .*use acquire\(\) to wait/, () => lock.acquireNowait());
        tell(/^WouldBlock: .*use acquire\(\) to wait/, () => semaphore.acquireNowait());
        tell(/^WouldBlock: .*use acquire\(\) to wait/, () => limiter.acquireNowait());
        owner.cancel();
        yield* owner.wait();
        tell(/^TaskCancelled: .*wait\(\) only waits, and status tells how it ended/, () => owner.returnValue);
        tell(/^BrokenResourceError: .*acquire it with `using/, () => lock.acquireNowait());
        const failing = new Future<number>();
        failing.setException(new Error('boom'));
        tell(/^TaskFailed: .*wait\(\) only waits, and status tells how it ended/, () => failing.returnValue);
      });
    });
    expect(count).to.equal(17);
  });
});
