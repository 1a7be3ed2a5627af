/** Types of errors: groups narrow by what they are split by, `except` types each clause by its class. */
import { expect } from 'chai';
import {
  DeadlockError,
  ExceptionGroup,
  type ExceptionGroupOf,
  except,
  NoEventLoopError,
  RunFinishedError,
  TaskCancelled,
  TaskFailed,
  TaskNotFinished,
  TimeoutError,
} from 'treadle';
import { type AnyMembers, never, same } from '../support/types.js';

class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const isHttp = (error: unknown): error is HttpError => error instanceof HttpError;

describe('types: errors', () => {
  const group = new ExceptionGroup([new HttpError(404, 'none'), new TypeError('no')], 'both');

  it('an exception group holds unknown errors, and is an AggregateError', () => {
    same<typeof group, ExceptionGroup>();
    same<typeof group.errors, unknown[]>();
    same<ReturnType<typeof group.leaves>, unknown[]>();
    const error: unknown = group;
    if (error instanceof ExceptionGroup) same<typeof error, ExceptionGroup>();
    const aggregate: AggregateError = group;
    never(
      // @ts-expect-error something must be in it
      () => new ExceptionGroup(),
    );
    expect(aggregate.errors).to.have.length(2);
  });

  it('split and subgroup narrow by a class, a guard or not at all', () => {
    const [byClass, rest] = group.split(HttpError);
    same<typeof byClass, ExceptionGroupOf<HttpError> | undefined>();
    same<typeof rest, ExceptionGroup | undefined>();
    const [byGuard] = group.split(isHttp);
    same<typeof byGuard, ExceptionGroupOf<HttpError> | undefined>();
    const [byPredicate] = group.split((error) => String(error) !== '');
    same<typeof byPredicate, ExceptionGroup | undefined>();
    const found = group.subgroup(HttpError);
    same<typeof found, ExceptionGroupOf<HttpError> | undefined>();
    const leaves = found?.leaves();
    same<typeof leaves, HttpError[] | undefined>();
    const inner = found?.errors;
    same<typeof inner, (HttpError | ExceptionGroupOf<HttpError>)[] | undefined>();
    never(
      // @ts-expect-error no class of errors
      () => group.split(5),
    );
    expect(leaves?.map(({ status }) => status)).to.deep.equal([404]);
    expect([byGuard?.leaves().length, byPredicate?.leaves().length, rest?.leaves().length]).to.deep.equal([
      1, 2, 1,
    ]);
  });

  it('except types each handler by the class before it', () => {
    const seen: string[] = [];
    except(
      group,
      [
        HttpError,
        (part) => {
          same<typeof part, ExceptionGroupOf<HttpError>>();
          for (const leaf of part.leaves()) seen.push(String(leaf.status));
        },
      ],
      [
        TypeError,
        (part) => {
          same<typeof part, ExceptionGroupOf<TypeError>>();
          seen.push(part.message);
        },
      ],
    );
    never(
      // @ts-expect-error a handler for another class
      () => except(group, [TypeError, (part: ExceptionGroupOf<HttpError>) => part.leaves()]),
      // @ts-expect-error a clause without a handler
      () => except(group, [TypeError]),
    );
    expect(seen).to.deep.equal(['404', 'both']);
  });

  it('the error classes are errors with a family', () => {
    const failed: TaskFailed = new TaskCancelled('gone');
    const errors: Error[] = [
      failed,
      new TaskNotFinished('wait'),
      new TimeoutError('late', { cause: 5 }),
      new DeadlockError('stuck'),
      new NoEventLoopError('outside'),
      new RunFinishedError('over'),
    ];
    expect(errors.map(({ name }) => name)).to.deep.equal([
      'TaskCancelled',
      'TaskNotFinished',
      'TimeoutError',
      'DeadlockError',
      'NoEventLoopError',
      'RunFinishedError',
    ]);
    expect(failed).to.be.instanceOf(TaskFailed);
    same<AnyMembers<ExceptionGroup>, never>();
  });
});
