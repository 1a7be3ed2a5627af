/** sinon's fake timers, installed before a run, are the host's timers to it: they drive the real-time backends. */
import { expect } from 'chai';
import sinon from 'sinon';
import { currentTime, moveOnAfter, run, sleep, sleepForever, taskGroup } from 'treadle';
import { watchLeaks } from 'treadle/testing';

describe('fake timers on the node backend', () => {
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => {
    clock = sinon.useFakeTimers();
  });
  afterEach(() => {
    clock.restore();
  });

  it('drive sleeps and deadlines, each at its time', async () => {
    const log: string[] = [];
    const job = run(
      function* () {
        const start = currentTime();
        const note = (label: string) => log.push(`${currentTime() - start} ${label}`);
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* sleep(1000);
            note('slept');
            yield* sleep(1000);
            note('slept again');
          });
          tg.startSoon(function* () {
            yield* moveOnAfter(1500, () => sleepForever());
            note('moved on');
          });
        });
      },
      { backend: 'node' },
    );
    await clock.tickAsync(999);
    expect(log).to.deep.equal([]);
    await clock.tickAsync(1);
    expect(log).to.deep.equal(['1000 slept']);
    await clock.tickAsync(60_000);
    await job;
    expect(log).to.deep.equal(['1000 slept', '1500 moved on', '2000 slept again']);
  });

  it('are left without a timer when the run has ended', async () => {
    const job = run(() => moveOnAfter(1000, () => sleep(10)), { backend: 'node' });
    await clock.tickAsync(10);
    await job;
    expect(clock.countTimers()).to.equal(0);
  });

  it('get along with a leak watch, installed before or during it', async () => {
    const watch = watchLeaks();
    const handle = setTimeout(() => {}, 1000);
    expect(watch.stop()).to.have.length(1);
    clearTimeout(handle);
    clock.restore();
    const host = setTimeout;
    const other = watchLeaks();
    clock = sinon.useFakeTimers();
    setTimeout(() => {}, 1000); // the fake clock's business
    expect(other.stop()).to.deep.equal([]);
    await clock.tickAsync(1000);
    clock.restore();
    // sinon has put back what it found, the watch's function, which does nothing any more but pass on.
    const fired = await new Promise((resolve) => setTimeout(resolve, 1, 'fired'));
    globalThis.setTimeout = host;
    expect(fired).to.equal('fired');
  });
});
