import { expect } from 'chai';
import {
  type Coroutine,
  checkpoint,
  DeadlockError,
  moveOnAfter,
  run as runOnce,
  runSync,
  taskGroup,
} from 'treadle';
import { Event } from '../../lib/sync/event.js';
import { onEachBackend, rejection } from '../support/contract.js';
import { outcome } from '../support/outcome.js';

onEachBackend('Event', (run, { it }) => {
  it('wakes all who wait, in the order in which they came', function* () {
    const event = new Event();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b', 'c']) {
        tg.startSoon(function* () {
          yield* event.wait();
          story.push(name);
        });
      }
      yield* checkpoint();
      story.push(`${event.statistics().tasksWaiting} wait, set: ${event.isSet}`);
      event.set();
      story.push(`${event.statistics().tasksWaiting} wait, set: ${event.isSet}`);
    });
    expect(story).to.deep.equal(['3 wait, set: false', '0 wait, set: true', 'a', 'b', 'c']);
  });

  it('setting it twice does nothing more', function* () {
    const event = new Event();
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* event.wait();
        story.push('woken');
      });
      yield* checkpoint();
      event.set();
      event.set();
      yield* checkpoint();
      event.set();
    });
    expect([story, event.isSet]).to.deep.equal([['woken'], true]);
  });

  it('waiting for one that is set is a checkpoint, and goes on', function* () {
    const event = new Event();
    event.set(); // outside of any run
    const story: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        story.push('other');
      });
      yield* event.wait();
      story.push('waited');
    });
    expect(story).to.deep.equal(['other', 'waited']);
  });

  it('C3: a wait that is cancelled leaves no trace; one that was woken has happened', function* () {
    const event = new Event();
    const story: string[] = [];
    function* waiter(name: string): Coroutine<void> {
      story.push(`${name} ${yield* outcome(event.wait())}`);
    }
    yield* taskGroup(function* (tg) {
      const early = tg.startSoon(waiter, 'early');
      const late = tg.startSoon(waiter, 'late');
      yield* checkpoint();
      early.cancel();
      story.push(`${event.statistics().tasksWaiting} waits`);
      event.set();
      late.cancel();
    });
    expect(story).to.deep.equal(['1 waits', 'early Cancelled', 'late value undefined']);
  });

  it('a time limit on the wait', function* () {
    const event = new Event();
    const story: string[] = [];
    story.push(String(yield* moveOnAfter(2, () => event.wait(), { otherwise: 'late' })));
    yield* moveOnAfter(0, function* () {
      event.set();
      story.push(yield* outcome(event.wait())); // its scope is cancelled already
    });
    story.push(`${event.statistics().tasksWaiting} wait`);
    expect(story).to.deep.equal(['late', 'Cancelled', '0 wait']);
  });

  it('can be set from outside of the run, while something else keeps that alive', async () => {
    const event = new Event();
    const ended = run(() => event.wait(), { signal: new AbortController().signal });
    setTimeout(() => event.set(), 2);
    await ended;
    expect(event.isSet).to.equal(true);
  });

  it('L5: one that nobody will set is a deadlock that names it', async () => {
    const error = await rejection(run(() => new Event().wait()));
    expect(error).to.be.instanceOf(DeadlockError);
    expect(String(error)).to.contain('event');
  });
});

describe('Event', () => {
  it('may be shared by two runs', async () => {
    const event = new Event();
    const signal = new AbortController().signal;
    const waits = runOnce(() => event.wait(), { signal });
    await runOnce(function* () {
      yield* checkpoint();
      event.set();
    });
    await waits;
    expect(event.statistics()).to.deep.equal({ tasksWaiting: 0 });
  });

  it('stays lean: a hundred thousand waiters cost it less than 100 bytes each', () => {
    const COUNT = 100_000;
    const collect = globalThis.gc as () => void;
    const event = new Event();
    const measure = (wait: () => Generator<never, void> | Coroutine<void>): number => {
      collect();
      const before = process.memoryUsage().heapUsed;
      let used = 0;
      runSync(() =>
        taskGroup(function* (tg) {
          for (let number = 0; number < COUNT; number++) tg.startSoon(wait);
          yield* checkpoint();
          collect();
          used = process.memoryUsage().heapUsed - before;
          event.set();
        }),
      );
      return used;
    };
    // The same tasks, at a bare checkpoint: what they cost without an event.
    const bare = measure(function* () {
      yield* checkpoint();
      yield* checkpoint();
    });
    const waiting = measure(function* () {
      yield* event.wait();
      yield* checkpoint();
    });
    expect((waiting - bare) / COUNT).to.be.lessThan(100);
  });
});
