/** What goes wrong inside a task, as a value: the helpers of `contract.ts` for code that runs in the loop. */
import { expect } from 'chai';
import { type Coroutine, ExceptionGroup, type Operation } from 'treadle';

/** What an operation throws; fails when it throws nothing. */
export function* failure(operation: () => Operation<unknown>): Coroutine<unknown> {
  let value: unknown;
  try {
    value = yield* operation();
  } catch (error) {
    return error;
  }
  throw new Error(`expected an exception, got ${String(value)}`);
}

/** The errors of what must be an `ExceptionGroup`, in their order. */
export function errorsOf(error: unknown): unknown[] {
  expect(error).to.be.instanceOf(ExceptionGroup);
  return (error as ExceptionGroup).errors;
}
