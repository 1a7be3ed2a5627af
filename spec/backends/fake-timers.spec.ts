/** sinon's fake timers drive the backends on host time: a spec moves the clock, and a whole program follows. */
import { expect } from 'chai';
import sinon from 'sinon';
import { checkpoint, currentTime, moveOnAfter, run, sleep, suspend, taskGroup, until } from 'treadle';

describe('the node backend and fake timers of sinon', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => {
    clock = sinon.useFakeTimers();
  });
  afterEach(() => clock.restore());

  it('tasks sleep and deadlines pass as the clock is moved, in order, at their times', async () => {
    const labels: string[] = [];
    const running = run(
      () =>
        taskGroup(function* (tg) {
          const start = currentTime();
          const note = (text: string): void => void labels.push(`${text} at ${currentTime() - start}`);
          for (const ms of [300, 100, 200]) {
            tg.startSoon(function* () {
              yield* sleep(ms);
              note(`slept ${ms}`);
            });
          }
          tg.startSoon(function* () {
            yield* moveOnAfter(150, () => sleep(1_000_000));
            note('moved on');
          });
        }),
      { backend: 'node' },
    );
    await clock.tickAsync(99);
    labels.push('99 ms');
    await clock.tickAsync(101);
    labels.push('200 ms');
    await clock.tickAsync(100);
    await running;
    expect(labels).deep.equal([
      '99 ms',
      ...['slept 100 at 100', 'moved on at 150', 'slept 200 at 200'],
      ...['200 ms', 'slept 300 at 300'],
    ]);
    expect(clock.countTimers()).equal(0);
  });

  it('runAllAsync takes a program to its end, host timers in between', async () => {
    const labels: string[] = [];
    const running = run(
      function* () {
        for (let i = 1; i <= 3; i++) {
          yield* sleep(3_600_000);
          yield* suspend<void>((resume) => void setTimeout(resume, 60_000));
          labels.push(`${i} at ${Date.now()}`);
          yield* checkpoint();
        }
      },
      { backend: 'node' },
    );
    await clock.runAllAsync();
    await running;
    expect(labels).deep.equal(['1 at 3660000', '2 at 7320000', '3 at 10980000']);
  });

  it('a run that is cancelled leaves no fake timer armed', async () => {
    const running = run(() => sleep(1000), { backend: 'node' });
    await clock.tickAsync(1);
    const armed = clock.countTimers();
    running.cancel();
    await running.catch(() => {});
    expect([armed, clock.countTimers()]).deep.equal([1, 0]);
  });

  it('L4: while the clock stands still, promises that wake tasks do not keep the host from its turn', async () => {
    clock.restore();
    clock = sinon.useFakeTimers({ toFake: ['performance'] });
    let isServed = false;
    setTimeout(() => {
      isServed = true;
    });
    const most = 200_000;
    const turns = await run(
      function* () {
        let count = 0;
        while (!isServed && count < most) {
          yield* until(Promise.resolve());
          count++;
        }
        return count;
      },
      { backend: 'node' },
    );
    expect(turns).below(most);
  });

  it('the web backend follows them too', async () => {
    const labels: number[] = [];
    const running = run(
      function* () {
        const start = currentTime();
        yield* sleep(5000);
        labels.push(currentTime() - start);
      },
      { backend: 'web' },
    );
    await clock.tickAsync(4999);
    labels.push(-1);
    await clock.tickAsync(1);
    await running;
    expect(labels).deep.equal([-1, 5000]);
  });
});
