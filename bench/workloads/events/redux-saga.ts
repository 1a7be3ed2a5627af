import { type EventChannel, eventChannel, runSaga, type Task } from 'redux-saga';
import { cancel, fork, take } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';

function eventsOf(target: EventTarget): EventChannel<Event> {
  return eventChannel((emit) => {
    target.addEventListener('foo', emit);
    return () => target.removeEventListener('foo', emit);
  });
}

const sample: Sample = ({ n, depth }) => {
  let count = 0;
  let last: () => void = () => {};

  function* link(target: EventTarget, next: EventTarget | undefined): Generator<unknown, void, unknown> {
    const channel = eventsOf(target);
    for (;;) {
      yield take(channel);
      count++;
      if (next === undefined) last();
      else next.dispatchEvent(new Event('foo'));
    }
  }

  function* main(): Generator<unknown, number, Task> {
    const targets = Array.from({ length: depth }, () => new EventTarget());
    const links: Task[] = [];
    // A fork runs at once up to its first wait: all listen after that.
    for (const [i, target] of targets.entries()) links.push(yield fork(link, target, targets[i + 1]));
    for (let i = 0; i < n; i++) {
      const arrived = new Promise<void>((resolve) => {
        last = resolve;
      });
      targets[0]!.dispatchEvent(new Event('foo'));
      yield arrived;
    }
    yield cancel(links);
    return count;
  }
  return runSaga({}, main).toPromise<number>();
};
export default sample;
