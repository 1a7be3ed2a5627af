import type { Params } from '../../harness/contract.js';
import { type Body, Group, pass, run, runInSlices, type Task } from '../../harness/structured-floor.js';

type Child = (i: number) => Body;

function* byYield(i: number): Body {
  yield pass;
  return i;
}

function* byDelegation(i: number): Body {
  yield* pass;
  return i;
}

function* main(n: number, child: Child): Body {
  const children = (yield new Group(function* (group): Body {
    const handles: Task[] = [];
    for (let i = 0; i < n; i++) handles.push(group.spawn(child, i));
    return handles;
  })) as Task[];
  let sum = 0;
  for (const task of children) sum = (sum + (task.value as number)) | 0;
  return sum;
}

export default {
  yield: ({ n }: Params) => run(main, n, byYield) as number,
  'yield*': ({ n }: Params) => run(main, n, byDelegation) as number,
  /** With a turn of the host every 8 ms: rule L4. */
  slices: ({ n }: Params) => runInSlices(main, n, byYield) as Promise<number>,
};
