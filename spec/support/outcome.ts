/**
 * Two small tools that most cancellation specs need: telling how an operation ended without letting go of the
 * story, and parking tasks until another task wakes them, with a value or an error.
 */
import { type Coroutine, type Effect, isCancelled, type Operation, suspend } from 'treadle';

/** How an ended operation reads in a story: `Cancelled`, or the error as a string. */
export function ending(error: unknown): string {
  return isCancelled(error) ? 'Cancelled' : String(error);
}

/** Runs an operation and swallows however it ended: exactly what a careless `catch` would do. */
export function* outcome(operation: Operation<unknown>): Coroutine<string> {
  try {
    return `value ${String(yield* operation)}`;
  } catch (error) {
    return ending(error);
  }
}

/** Runs an operation that must throw and gives back what it threw. */
export function* failure(operation: Operation<unknown>): Coroutine<unknown> {
  let value: unknown;
  try {
    value = yield* operation;
  } catch (error) {
    return error;
  }
  throw new Error(`expected the operation to throw, got ${String(value)}`);
}

export interface ParkingLot<T> {
  /** Parks the task until it is woken; a wait that is cancelled leaves the queue. */
  wait(): Effect<T>;
  /** Wakes whoever is parked now, in order of arrival, each with this value. */
  wake(value: T): void;
  /** Throws the error into whoever is parked now. */
  fail(error: unknown): void;
  /** How many tasks are parked here. */
  readonly waiting: number;
}

interface Waiter<T> {
  resume(value: T): void;
  fail(error: unknown): void;
}

/** A place to park that remembers nothing: a wake-up concerns only the tasks parked at that moment. */
export function parkingLot<T = void>(): ParkingLot<T> {
  const waiters = new Set<Waiter<T>>();
  const release = (end: (waiter: Waiter<T>) => void): void => {
    const woken = [...waiters];
    waiters.clear();
    woken.forEach(end);
  };
  return {
    wait: () =>
      suspend<T>(
        (resume, fail) => {
          const waiter = { resume, fail };
          waiters.add(waiter);
          return () => {
            waiters.delete(waiter);
          };
        },
        { foreign: false },
      ),
    wake: (value) => release((waiter) => waiter.resume(value)),
    fail: (error) => release((waiter) => waiter.fail(error)),
    get waiting() {
      return waiters.size;
    },
  };
}
