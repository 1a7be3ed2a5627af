import { concatMap, lastValueFrom, of, range, reduce, timeout } from 'rxjs';
import type { Sample } from '../../harness/contract.js';
import { TIMEOUT } from '../timeout.js';

const sample: Sample = ({ n }) =>
  lastValueFrom(
    range(0, n).pipe(
      concatMap((i) => of(i).pipe(timeout(TIMEOUT))),
      reduce((sum, value) => (sum + value) | 0, 0),
    ),
  );
export default sample;
