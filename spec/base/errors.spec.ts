/** Every error class: a name that survives minifiers, a family, an ordinary error's behaviour. */
import { expect } from 'chai';
import * as treadle from 'treadle';

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
});
