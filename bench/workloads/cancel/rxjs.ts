import { finalize, NEVER, Subscription } from 'rxjs';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = ({ n }, watch) => {
  let unwound = 0;
  const all = new Subscription();
  const parked = NEVER.pipe(
    finalize(() => {
      unwound++;
    }),
  );
  for (let i = 0; i < n; i++) all.add(parked.subscribe());
  watch.start();
  all.unsubscribe();
  watch.stop();
  return unwound;
};
export default sample;
