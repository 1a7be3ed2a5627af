/** The virtual clock as a tool: moved by hand, shared by runs. What it does on its own is in spec/backends. */
import { expect } from 'chai';
import { currentTime, run, sleep, sleepForever, taskGroup, until } from 'treadle';
import { VirtualBackend } from 'treadle/testing';
import { thrown } from '../support/contract.js';

function* ticker(log: string[], name: string, ms: number, times: number) {
  for (let time = 0; time < times; time++) {
    yield* sleep(ms);
    log.push(`${currentTime()} ${name}`);
  }
}

describe('VirtualBackend', () => {
  it('stands still until it is moved when autojump is off', async () => {
    const log: string[] = [];
    const clock = new VirtualBackend({ autojump: false });
    const job = run(() => ticker(log, 'tick', 10, 3), { backend: clock });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([clock.now(), ...log]).to.deep.equal([0]);
    await clock.advance(9.5);
    expect([clock.now(), ...log]).to.deep.equal([9.5]);
    await clock.advance(0.5);
    expect([clock.now(), ...log]).to.deep.equal([10, '10 tick']);
    await clock.advance(100);
    expect(log).to.deep.equal(['10 tick', '20 tick', '30 tick']);
    expect(clock.now()).to.equal(110);
    await job;
  });

  it('lets each task do its work at its own time on the way', async () => {
    const log: string[] = [];
    const clock = new VirtualBackend({ autojump: false });
    const jobs = [
      run(() => ticker(log, 'a', 10, 3), { backend: clock }),
      run(() => ticker(log, 'b', 15, 2), { backend: clock }),
    ];
    await clock.advance(1000);
    expect(log).to.deep.equal(['10 a', '15 b', '20 a', '30 a', '30 b']);
    await Promise.all(jobs);
  });

  it('adds up advances that are asked for at once', async () => {
    const log: string[] = [];
    const clock = new VirtualBackend({ autojump: false });
    const job = run(() => ticker(log, 'tick', 10, 2), { backend: clock });
    const arrivals = [10, 0, 10].map((ms) =>
      clock.advance(ms).then(() => log.push(`${clock.now()} arrived`)),
    );
    await Promise.all(arrivals);
    await job;
    expect(clock.now()).to.equal(20);
    expect(log.filter((line) => line.endsWith('tick'))).to.deep.equal(['10 tick', '20 tick']);
    expect(log.filter((line) => line.endsWith('arrived'))).to.have.length(3);
  });

  it('is moved by a task of its own run, and past foreign waits', async () => {
    const clock = new VirtualBackend({ autojump: false });
    const log = await run(
      function* () {
        const log: string[] = [];
        yield* taskGroup(function* (tg) {
          tg.startSoon(ticker, log, 'tick', 10, 9);
          yield* until(clock.advance(25));
          log.push(`${currentTime()} body`);
          tg.cancel();
        });
        return log;
      },
      { backend: clock },
    );
    expect(log).to.deep.equal(['10 tick', '20 tick', '25 body']);
  });

  it('jumps from when autojump is set, and no more from when it is taken back', async () => {
    const clock = new VirtualBackend({ autojump: false });
    const log: string[] = [];
    const job = run(
      function* () {
        yield* ticker(log, 'by itself', 10, 2);
        clock.autojump = false;
        yield* ticker(log, 'by hand', 10, 1);
      },
      { backend: clock },
    );
    await clock.advance(0);
    clock.autojump = true;
    await until20();
    expect(log).to.deep.equal(['10 by itself', '20 by itself']);
    await clock.advance(10);
    await job;
    expect(log.at(-1)).to.equal('30 by hand');
  });

  it('moves with no run on it, and takes an advance of 0', async () => {
    const clock = new VirtualBackend();
    await clock.advance(0);
    await clock.advance(5);
    expect([clock.now(), clock.autojump]).to.deep.equal([5, true]);
  });

  it('serves several runs: it jumps for one only when the others rest as well', async () => {
    const clock = new VirtualBackend();
    const log: string[] = [];
    const jobs = [
      run(() => ticker(log, 'a', 10, 3), { backend: clock }),
      run(() => ticker(log, 'b', 15, 2), { backend: clock }),
    ];
    await Promise.all(jobs);
    expect(log).to.deep.equal(['10 a', '15 b', '20 a', '30 a', '30 b']);
  });

  it('serves a run that waits for another one on the same clock', async () => {
    const clock = new VirtualBackend();
    const log: string[] = [];
    await run(() => until(run(() => ticker(log, 'inner', 10, 2), { backend: clock })), { backend: clock });
    expect(log).to.deep.equal(['10 inner', '20 inner']);
  });

  it('lets go of a run that was cancelled', async () => {
    const clock = new VirtualBackend({ autojump: false });
    const job = run(() => sleepForever(), { backend: clock });
    job.cancel();
    await job.catch(() => {});
    await clock.advance(5);
    expect(clock.now()).to.equal(5);
  });

  it('refuses to advance by what is no finite duration', () => {
    const clock = new VirtualBackend();
    for (const ms of [-1, Number.NaN, Infinity]) {
      expect(thrown(() => clock.advance(ms))).to.be.instanceOf(RangeError);
    }
    // @ts-expect-error no number
    expect(thrown(() => clock.advance('5'))).to.be.instanceOf(TypeError);
  });
});

/** Time enough for what a handful of turns do. */
function until20(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
