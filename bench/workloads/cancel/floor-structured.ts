import type { Params, Stopwatch } from '../../harness/contract.js';
import { type Body, Group, park, pass, run, runInSlices } from '../../harness/structured-floor.js';

interface Count {
  unwound: number;
}

function* parked(count: Count): Body {
  try {
    yield park;
  } finally {
    count.unwound++;
  }
  return undefined;
}

function* main(n: number, watch: Stopwatch): Body {
  const count = { unwound: 0 };
  yield new Group(function* (group): Body {
    for (let i = 0; i < n; i++) group.spawn(parked, count);
    yield pass; // all are parked now
    watch.start();
    group.cancel(new Error('cancelled'));
    return undefined;
  });
  watch.stop();
  return count.unwound;
}

export default {
  /** Without a break. */
  burst: ({ n }: Params, watch: Stopwatch) => run(main, n, watch) as number,
  /** With a turn of the host every 8 ms: rule L4. */
  slices: ({ n }: Params, watch: Stopwatch) => runInSlices(main, n, watch) as Promise<number>,
};
