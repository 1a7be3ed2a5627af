/**
 * A backend that a user wrote: here one that does nothing by itself. Its clock stands until the spec moves it, and
 * a turn is taken when the spec cranks it, so the spec sees just what a run asks of its backend.
 */
import { expect } from 'chai';
import { restore, stub } from 'sinon';
import {
  type Backend,
  type Connection,
  checkpoint,
  currentTime,
  moveOnAfter,
  run,
  sleep,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { rejection } from '../support/contract.js';
import { parked } from '../support/gate.js';

class HandCrank implements Backend {
  readonly name = 'hand crank';
  time = 1_000;
  /** What the runs have asked for, in order. */
  readonly asked: string[] = [];
  #turn: () => void = () => {};

  now(): number {
    return this.time;
  }

  connect(turn: () => void): Connection {
    this.asked.push('connect');
    this.#turn = turn;
    return {
      soon: () => void this.asked.push('soon'),
      later: () => void this.asked.push('later'),
      idle: (deadline, foreign) => void this.asked.push(`idle until ${deadline}, ${foreign} foreign`),
      close: () => void this.asked.push('close'),
    };
  }

  /** One turn, after so many milliseconds. */
  crank(ms = 0): void {
    this.time += ms;
    this.#turn();
  }
}

/** Lets all promise callbacks run that are due. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a backend of your own', () => {
  /** How long slices last is a matter of the host's clock: here it stands. */
  beforeEach(() => void stub(performance, 'now').returns(1_000));
  afterEach(restore);

  it('is connected once, asked for turns, told of deadlines, and closed', async () => {
    const backend = new HandCrank();
    const labels: string[] = [];
    const running = run(
      function* () {
        labels.push(`begins at ${currentTime()}`);
        yield* sleep(50);
        labels.push(`slept until ${currentTime()}`);
        return 'value';
      },
      { backend },
    );
    expect([labels, backend.asked]).to.deep.equal([[], ['connect', 'soon']]);
    backend.crank();
    expect([labels, backend.asked.splice(2)]).to.deep.equal([
      ['begins at 1000'],
      ['idle until 1050, 0 foreign'],
    ]);
    backend.crank(50);
    expect([labels.splice(1), backend.asked.splice(2)]).to.deep.equal([['slept until 1050'], ['close']]);
    expect(await running).to.equal('value');
  });

  it('may take a turn too early, or too often', async () => {
    const backend = new HandCrank();
    const labels: string[] = [];
    const running = run(
      function* () {
        yield* sleep(50);
        labels.push(`slept until ${currentTime()}`);
      },
      { backend },
    );
    for (const ms of [0, 9, 9, 9, 9, 9]) backend.crank(ms);
    expect(labels).to.deep.equal([]);
    backend.crank(9);
    await running;
    backend.crank();
    expect(labels).to.deep.equal(['slept until 1054']);
    expect(backend.asked.at(-1)).to.equal('close');
  });

  it('is asked for a turn soon, once, when a callback wakes tasks', async () => {
    const backend = new HandCrank();
    const labels: string[] = [];
    const wake: (() => void)[] = [];
    const running = run(
      () =>
        taskGroup(function* (tg) {
          for (const name of ['a', 'b']) {
            tg.startSoon(function* () {
              yield* suspend<void>((resume) => void wake.push(resume));
              labels.push(name);
            });
          }
        }),
      { backend },
    );
    backend.crank();
    expect(backend.asked.splice(0)).to.deep.equal(['connect', 'soon', 'idle until Infinity, 2 foreign']);
    for (const resume of wake) resume();
    expect([labels, backend.asked.splice(0)]).to.deep.equal([[], ['soon']]);
    backend.crank();
    await running;
    expect([labels, backend.asked]).to.deep.equal([['a', 'b'], ['close']]);
  });

  it('is asked for a turn later when the slice is used up', async () => {
    const backend = new HandCrank();
    let busy = true;
    const running = run(
      function* () {
        while (busy) yield* checkpoint();
      },
      { backend },
    );
    backend.crank();
    backend.crank();
    expect(backend.asked.splice(0)).to.deep.equal(['connect', 'soon', 'later', 'later']);
    busy = false;
    backend.crank();
    await running;
    expect(backend.asked).to.deep.equal(['close']);
  });

  it('decides when deadlines pass', async () => {
    const backend = new HandCrank();
    const running = run(() => moveOnAfter(10, () => until(new Promise(() => {})), { otherwise: 'cut' }), {
      backend,
    });
    backend.crank();
    expect(backend.asked.splice(2)).to.deep.equal(['idle until 1010, 1 foreign']);
    backend.crank(10);
    expect(await running).to.equal('cut');
  });

  it('is closed when the run fails, deadlocks or is cancelled', async () => {
    const failing = new HandCrank();
    const failed = run(
      function* () {
        throw new Error('boom');
      },
      { backend: failing },
    );
    const deadlocking = new HandCrank();
    const deadlocked = run(() => parked, { backend: deadlocking });
    const cancelling = new HandCrank();
    const cancelled = run(() => sleep(10), { backend: cancelling });
    for (const backend of [failing, deadlocking, cancelling]) backend.crank();
    cancelled.cancel();
    cancelling.crank();
    const names = await Promise.all(
      [failed, deadlocked, cancelled].map(async (each) => ((await rejection(each)) as Error).name),
    );
    expect(names).to.deep.equal(['Error', 'DeadlockError', 'Cancelled']);
    for (const backend of [failing, deadlocking, cancelling]) {
      expect(backend.asked.filter((each) => each === 'close')).to.deep.equal(['close']);
    }
  });

  it('serves several runs at once', async () => {
    const first = new HandCrank();
    const second = new HandCrank();
    const labels: string[] = [];
    const runs = [first, second].map((backend, index) =>
      run(
        function* () {
          yield* sleep(5);
          labels.push(`run ${index} at ${currentTime()}`);
        },
        { backend },
      ),
    );
    first.crank();
    second.crank();
    second.crank(7);
    first.crank(6);
    await Promise.all(runs);
    await settle();
    expect(labels).to.deep.equal(['run 1 at 1007', 'run 0 at 1006']);
  });

  it('that throws fails the run with its error: nothing hangs, and other runs go on', async () => {
    restore(); // the other runs are on the host's clock
    const broken = new HandCrank();
    const failed = run(() => sleep(5), {
      backend: {
        name: 'broken',
        now: () => broken.now(),
        connect: (turn) => ({
          ...broken.connect(turn),
          idle: () => {
            throw new Error('no clock');
          },
        }),
      },
    });
    broken.crank();
    const error = await rejection(failed);
    const value = await run(function* () {
      yield* sleep(1);
      return 'goes on';
    });
    expect([(error as Error).message, value, broken.asked.at(-1)]).to.deep.equal([
      'no clock',
      'goes on',
      'close',
    ]);
  });
});
