import { runSaga } from 'redux-saga';
import type { Sample } from '../../harness/contract.js';

function* main(n: number) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield Promise.resolve();
    sum = (sum + i) | 0;
  }
  return sum;
}

const sample: Sample = ({ n }) => runSaga({}, main, n).toPromise<number>();
export default sample;
