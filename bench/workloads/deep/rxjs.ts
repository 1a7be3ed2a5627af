import { concatMap, defer, from, lastValueFrom, map, type Observable, range, reduce } from 'rxjs';
import type { Sample } from '../../harness/contract.js';
import { SUSPENSIONS } from '../deep10.js';

/** As in Effection's suite: an observable a frame, whose values pass through all of them. */
function recurse(depth: number): Observable<number> {
  if (depth > 1) return defer(() => recurse(depth - 1)).pipe(map((sum) => sum));
  return range(0, SUSPENSIONS).pipe(
    concatMap((i) => from(Promise.resolve()).pipe(map(() => i))),
    reduce((sum, i) => (sum + i) | 0, 0),
  );
}

const sample: Sample = ({ n, depth }) =>
  lastValueFrom(
    range(0, n / SUSPENSIONS).pipe(
      concatMap(() => recurse(depth)),
      reduce((sum, value) => (sum + value) | 0, 0),
    ),
  );
export default sample;
