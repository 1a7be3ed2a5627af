import { from, lastValueFrom, map, mergeAll, type Observable, reduce, timer } from 'rxjs';
import type { Sample } from '../../harness/contract.js';
import { delayOf } from '../timers.js';

const sample: Sample = ({ n }) => {
  const sleepers: Observable<number>[] = [];
  for (let i = 0; i < n; i++) sleepers.push(timer(delayOf(i)).pipe(map(() => i)));
  return lastValueFrom(
    from(sleepers).pipe(
      mergeAll(),
      reduce((sum, value) => (sum + value) | 0, 0),
    ),
  );
};
export default sample;
