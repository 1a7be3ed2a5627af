import { type Coroutine, call, checkpoint, coroutine, type Operation, run } from '../../../lib/index.js';
import type { Params } from '../../harness/contract.js';

const pass = checkpoint();

function* byCall(depth: number): Coroutine<number> {
  if (depth > 1) return ((yield call(byCall, depth - 1)) as number) + 1;
  yield pass;
  return 1;
}

const byCoroutine = coroutine('byCoroutine', function* (depth: number): Coroutine<number> {
  if (depth > 1) return (yield* byCoroutine(depth - 1)) + 1;
  yield* checkpoint();
  return 1;
});

function* byDelegation(depth: number): Coroutine<number> {
  if (depth > 1) return (yield* byDelegation(depth - 1)) + 1;
  yield pass;
  return 1;
}

function* main(descend: (depth: number) => Operation<number>, n: number, depth: number): Coroutine<number> {
  let sum = 0;
  for (let done = 0; done < n; done += depth) sum += yield* descend(depth);
  return sum;
}

export default {
  /** `yield call(…)`: frames on the task's own stack. */
  call: ({ n, depth }: Params) => run(() => main((d) => call(byCall, d), n, depth)),
  /** The same stack, typed: a `coroutine` function, `yield*` throughout. */
  coroutine: ({ n, depth }: Params) => run(() => main(byCoroutine, n, depth)),
  /** JavaScript's own delegation. */
  delegate: ({ n, depth }: Params) => run(() => main(byDelegation, n, depth)),
};
