import type { Params, Stopwatch } from '../../harness/contract.js';
import { type Body, drain, Park, spawn, type Task } from '../../harness/floor.js';

interface Count {
  unwound: number;
}

function* byYield(count: Count, park: Park): Body {
  try {
    yield park;
  } finally {
    count.unwound++;
  }
  return undefined;
}

function* byDelegation(count: Count, park: Park): Body {
  try {
    yield* park;
  } finally {
    count.unwound++;
  }
  return undefined;
}

function cancelAll(
  parked: typeof byYield,
  { n }: Params,
  watch: Stopwatch,
  unwind: (body: Body) => void,
): number {
  const count = { unwound: 0 };
  const parkedTasks: Task[] = [];
  const park = new Park((task) => parkedTasks.push(task));
  for (let i = 0; i < n; i++) spawn(parked(count, park));
  drain();
  watch.start();
  for (const { body } of parkedTasks) unwind(body as Body);
  watch.stop();
  return count.unwound;
}

/** One shared error, thrown in and caught when it comes out. */
function thrower(): (body: Body) => void {
  const error = new Error('cancelled');
  return (body) => {
    try {
      body.throw(error);
    } catch (thrown) {
      if (thrown !== error) throw thrown;
    }
  };
}

export default {
  throw: (params: Params, watch: Stopwatch) => cancelAll(byYield, params, watch, thrower()),
  /** Into a `yield*`, through whose iterator it passes. */
  'throw*': (params: Params, watch: Stopwatch) => cancelAll(byDelegation, params, watch, thrower()),
  /** JavaScript's own way to end a generator: no error, but nothing a `catch` could see either. */
  return: (params: Params, watch: Stopwatch) =>
    cancelAll(byYield, params, watch, (body) => {
      body.return(undefined);
    }),
};
