/** Rule L9 of the design: `RunOptions.signal`, and leaving a run by `await using`. */
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  type Cancelled,
  checkpoint,
  isCancelled,
  type Operation,
  shield,
  sleep,
  sleepForever,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';

onEachBackend('rule L9: signals and disposal', (run) => {
  it('L9: a signal aborted beforehand rejects without starting main', async () => {
    const labels: string[] = [];
    const reason = new Error('too late');
    const running = run(
      () => {
        labels.push('called');
        return checkpoint();
      },
      { signal: AbortSignal.abort(reason) },
    );
    expect([await rejection(running), labels]).to.deep.equal([reason, []]);
  });

  it('L9: signal.reason is the rejection when main ended with Cancelled', async () => {
    const labels: string[] = [];
    const controller = new AbortController();
    setTimeout(() => controller.abort('hung up'), 2);
    const running = run(
      function* () {
        try {
          yield* sleepForever();
        } catch (error) {
          labels.push(`cancelled: ${isCancelled(error)}`);
          throw error;
        }
      },
      { signal: controller.signal },
    );
    labels.push(String(await rejection(running)));
    expect(labels).to.deep.equal(['cancelled: true', 'hung up']);
  });

  it('L9: not when main returned all the same', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort('hung up'), 2);
    const running = run(
      function* () {
        try {
          yield* sleepForever();
        } catch {}
        return 'finished my way';
      },
      { signal: controller.signal },
    );
    expect(await running).to.equal('finished my way');
  });

  it('L9: nor when main threw an error of its own', async () => {
    const controller = new AbortController();
    const own = new Error('clean-up failed');
    setTimeout(() => controller.abort('hung up'), 2);
    const running = run(
      function* () {
        try {
          yield* sleepForever();
        } catch {
          throw own;
        }
      },
      { signal: controller.signal },
    );
    expect(await rejection(running)).to.equal(own);
  });

  it('L9: of a cancel and an abort the first counts, and is the rejection', async () => {
    const [early, late] = [new AbortController(), new AbortController()];
    const cancelled = run(sleepForever, { signal: late.signal });
    cancelled.cancel('by hand');
    late.abort('hung up');
    const error = await rejection(cancelled);
    expect([isCancelled(error), (error as Cancelled).reason]).to.deep.equal([true, 'by hand']);
    const aborted = run(sleepForever, { signal: early.signal });
    early.abort('hung up');
    aborted.cancel('by hand');
    expect(await rejection(aborted)).to.equal('hung up');
  });

  it('L9: a signal without a reason rejects with the AbortError it carries', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 2);
    const error = await rejection(run(sleepForever, { signal: controller.signal }));
    expect(error).to.equal(controller.signal.reason);
    expect((error as Error).name).to.equal('AbortError');
  });

  it('L9: nothing listens to the signal any longer when the run has settled', async () => {
    const controller = new AbortController();
    const during = await run(
      function* () {
        yield* checkpoint();
        return getEventListeners(controller.signal, 'abort').length;
      },
      { signal: controller.signal },
    );
    const failed = await rejection(
      run(
        function* () {
          yield* checkpoint();
          throw new Error('boom');
        },
        { signal: controller.signal },
      ),
    );
    const after = getEventListeners(controller.signal, 'abort').length;
    expect([during > 0, (failed as Error).message, after]).to.deep.equal([true, 'boom', 0]);
    controller.abort(); // and an abort that comes afterwards does no harm
  });

  it('L9: `await using` cancels the run, awaits it, and swallows its Cancelled', async () => {
    const labels: string[] = [];
    {
      await using running = run(function* () {
        try {
          yield* sleepForever();
        } finally {
          yield* shield(() => sleep(2));
          labels.push('cleaned up');
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 2));
      labels.push(`leaving ${running instanceof Promise}`);
    }
    labels.push('left');
    expect(labels).to.deep.equal(['leaving true', 'cleaned up', 'left']);
  });

  it('L9: `await using` does not swallow what else the run ended with', async () => {
    const boom = new Error('boom');
    async function leave(main: () => Operation<unknown>): Promise<void> {
      await using _running = run(main);
    }
    const inCleanUp = await rejection(
      leave(function* () {
        try {
          yield* sleepForever();
        } catch {
          throw boom;
        }
      }),
    );
    const inFirstStep = await rejection(
      leave(function* () {
        throw boom;
      }),
    );
    const running = run(function* () {
      throw boom;
    });
    const before = [await rejection(running), await rejection(running[Symbol.asyncDispose]())];
    expect([inCleanUp, inFirstStep, ...before]).to.deep.equal([boom, boom, boom, boom]);
  });

  it('L9: nor the Cancelled of another run', async () => {
    const other = run(sleepForever);
    other.cancel('the other one');
    const foreign = await rejection(other);
    async function leave(): Promise<void> {
      await using _running = run(function* () {
        throw foreign;
      });
    }
    expect(await rejection(leave())).to.be.instanceOf(Error);
  });

  it('L9: nor the reason of an aborted signal', async () => {
    const controller = new AbortController();
    async function leave(): Promise<void> {
      await using _running = run(sleepForever, { signal: controller.signal });
      await new Promise((resolve) => setTimeout(resolve, 2));
      controller.abort('hung up');
    }
    expect(await rejection(leave())).to.equal('hung up');
  });

  it('L9: disposing a run that has ended well does nothing', async () => {
    const running = run(function* () {
      return 'value';
    });
    await running;
    await running[Symbol.asyncDispose]();
    expect(await running).to.equal('value');
  });
});
