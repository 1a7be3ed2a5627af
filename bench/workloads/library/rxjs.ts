import { delay, forkJoin, lastValueFrom, map, of } from 'rxjs';
import type { Sample } from '../../harness/contract.js';

const child = (i: number) => of(i).pipe(delay(0));

const sample: Sample = () =>
  lastValueFrom(forkJoin([child(1), child(2)]).pipe(map(([one, two]) => one + two)));
export default sample;
