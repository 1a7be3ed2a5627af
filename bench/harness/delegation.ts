/** The iterator that `yield*` asks a floor's request for, and as little in it as there can be. */

/** A result with the hidden class of those that generators give. */
function result(): { value: unknown; done: boolean } {
  return [][Symbol.iterator]().next() as { value: unknown; done: boolean };
}

let isFresh = false;
const yielded = result();
const done = result();
yielded.done = false;

/** `yield*` calls `next` at once, and then when the task goes on: one iterator and two results do for all requests. */
class Delegation {
  next(value: unknown): IteratorResult<unknown, unknown> {
    if (isFresh === true) {
      isFresh = false;
      return yielded as IteratorYieldResult<unknown>;
    }
    done.value = value;
    return done as IteratorReturnResult<unknown>;
  }

  throw(error: unknown): never {
    throw error;
  }
}

const theDelegation: unknown = new Delegation();

/** What `[Symbol.iterator]` of a request gives. */
export function delegation<R>(request: R): Iterator<R, unknown, unknown> {
  yielded.value = request;
  isFresh = true;
  return theDelegation as Iterator<R, unknown, unknown>;
}
