import type { Params, Stopwatch } from '../../harness/contract.js';
import { type Body, drain, Park, spawn, type Task } from '../../harness/floor.js';

function cancelAll({ n }: Params, watch: Stopwatch, unwind: (body: Body) => void): number {
  let unwound = 0;
  const parkedTasks: Task[] = [];
  const park = new Park((task) => parkedTasks.push(task));

  function* parked(): Body {
    try {
      yield park;
    } finally {
      unwound++;
    }
    return undefined;
  }

  for (let i = 0; i < n; i++) spawn(parked());
  drain();
  watch.start();
  for (const { body } of parkedTasks) unwind(body as Body);
  watch.stop();
  return unwound;
}

export default {
  /** One shared error, thrown in and caught when it comes out. */
  throw(params: Params, watch: Stopwatch) {
    const error = new Error('cancelled');
    return cancelAll(params, watch, (body) => {
      try {
        body.throw(error);
      } catch (thrown) {
        if (thrown !== error) throw thrown;
      }
    });
  },
  /** JavaScript's own way to end a generator: no error, but nothing a `catch` could see either. */
  return(params: Params, watch: Stopwatch) {
    return cancelAll(params, watch, (body) => {
      body.return(undefined);
    });
  },
};
