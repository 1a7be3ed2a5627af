import { fromEvent, Subject, takeUntil } from 'rxjs';
import type { Sample } from '../../harness/contract.js';

const sample: Sample = async ({ n, depth }) => {
  let count = 0;
  const targets = Array.from({ length: depth }, () => new EventTarget());
  const stop = new Subject<void>();
  const last = new Subject<void>();
  for (const [i, target] of targets.entries()) {
    const next = targets[i + 1];
    fromEvent(target, 'foo')
      .pipe(takeUntil(stop))
      .subscribe(() => {
        count++;
        if (next === undefined) last.next();
        else next.dispatchEvent(new Event('foo'));
      });
  }
  for (let i = 0; i < n; i++) {
    const arrived = new Promise<void>((resolve) => {
      const subscription = last.subscribe(() => {
        subscription.unsubscribe();
        resolve();
      });
    });
    targets[0]!.dispatchEvent(new Event('foo'));
    await arrived;
  }
  stop.next();
  return count;
};
export default sample;
