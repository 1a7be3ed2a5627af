import { type Coroutine, call, checkpoint, coroutine, type Operation, run } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';
import { SUSPENSIONS } from '../deep10.js';

const pass = checkpoint();

function* byCall(depth: number): Coroutine<number> {
  if (depth > 1) return (yield call(byCall, depth - 1)) as number;
  let sum = 0;
  for (let i = 0; i < SUSPENSIONS; i++) {
    yield pass;
    sum = (sum + i) | 0;
  }
  return sum;
}

const byCoroutine = coroutine('byCoroutine', function* (depth: number): Coroutine<number> {
  if (depth > 1) return yield* byCoroutine(depth - 1);
  let sum = 0;
  for (let i = 0; i < SUSPENSIONS; i++) {
    yield* checkpoint();
    sum = (sum + i) | 0;
  }
  return sum;
});

function* byDelegation(depth: number): Coroutine<number> {
  if (depth > 1) return yield* byDelegation(depth - 1);
  let sum = 0;
  for (let i = 0; i < SUSPENSIONS; i++) {
    yield pass;
    sum = (sum + i) | 0;
  }
  return sum;
}

function* main(recurse: (depth: number) => Operation<number>, n: number, depth: number): Coroutine<number> {
  let sum = 0;
  for (let done = 0; done < n; done += SUSPENSIONS) sum = (sum + (yield* recurse(depth))) | 0;
  return sum;
}

export default {
  /** `yield call(…)`: frames on the task's own stack. */
  call: ({ n, depth }: Params) => run(() => main((d) => call(byCall, d), n, depth)),
  /** The same stack, typed: a `coroutine` function, `yield*` throughout. */
  coroutine: ({ n, depth }: Params) => run(() => main(byCoroutine, n, depth)),
  /** JavaScript's own delegation: every resume passes all the frames. */
  delegate: ({ n, depth }: Params) => run(() => main(byDelegation, n, depth)),
};
