import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import {
  type Coroutine,
  cancelScope,
  checkpoint,
  fromNodeReadable,
  run,
  sleep,
  sleepForever,
  until,
} from 'treadle';
import { watchLeaks } from 'treadle/testing';

/** What is left behind by `act`, and a look at it before it is tidied up. */
function leftBy(act: () => void): string[] {
  const watch = watchLeaks();
  try {
    act();
  } catch (error) {
    watch.stop();
    throw error;
  }
  return watch.stop();
}

describe('watchLeaks', () => {
  it('names a run that goes on, its tasks and what they wait for', async () => {
    const watch = watchLeaks();
    const job = run(
      function* serve() {
        yield* sleepForever();
      },
      { name: 'server', backend: 'virtual' },
    );
    await new Promise((resolve) => setTimeout(resolve, 1));
    const left = watch.stop();
    job.cancel();
    await job.catch(() => {});
    expect(left).to.deep.equal([
      'run "server" still goes on, with 1 task:\n    task serve (#1): sleepForever',
    ]);
  });

  it('does not count runs that were there before, nor those that have ended', async () => {
    const old = run(() => sleepForever(), { backend: 'virtual' });
    const watch = watchLeaks();
    await run(() => sleep(5), { backend: 'virtual' });
    const left = watch.stop();
    old.cancel();
    await old.catch(() => {});
    expect(left).to.deep.equal([]);
  });

  it('names timers that are set, with kind, delay and place', () => {
    const handles: (NodeJS.Timeout | NodeJS.Immediate)[] = [];
    const left = leftBy(() => {
      handles.push(
        setTimeout(() => {}, 50),
        setInterval(() => {}, 60),
        setImmediate(() => {}),
      );
    });
    for (const handle of handles) clearTimeout(handle as NodeJS.Timeout);
    clearImmediate(handles[2] as NodeJS.Immediate);
    expect(left.map((line) => line.replace(/ set at .*leaks\.spec\.ts.*/, ' set here'))).to.deep.equal([
      'a timer (setTimeout, 50 ms) set here',
      'a timer (setInterval, 60 ms) set here',
      'a timer (setImmediate) set here',
    ]);
  });

  it('does not count timers that have fired, were cleared by handle or by number, or hold nothing', async () => {
    const watch = watchLeaks();
    clearTimeout(setTimeout(() => {}, 50));
    clearInterval(setInterval(() => {}, 50));
    clearTimeout(Number(setTimeout(() => {}, 50)));
    clearImmediate(setImmediate(() => {}));
    setTimeout(() => {}, 50).unref();
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.stop()).to.deep.equal([]);
  });

  it('passes arguments, `this` and results of the timers on', async () => {
    const watch = watchLeaks();
    const given = await new Promise<unknown[]>((resolve) => {
      const handle: NodeJS.Timeout = setTimeout(
        function (this: unknown, ...args: unknown[]) {
          resolve([this === handle, ...args]);
        },
        1,
        'a',
        'b',
      );
    });
    expect(watch.stop()).to.deep.equal([]);
    expect(given).to.deep.equal([true, 'a', 'b']);
  });

  it('names listeners of emitters and of event targets, with type, target and place', () => {
    const emitter = new EventEmitter();
    const target = new EventTarget();
    const listener = (): void => {};
    const left = leftBy(() => {
      emitter.on('data', listener);
      emitter.once('end', listener);
      emitter.prependListener('first', listener);
      target.addEventListener('change', listener);
      process.on('SIGUSR2', listener);
    });
    process.off('SIGUSR2', listener);
    expect(left.map((line) => line.replace(/ added at .*leaks\.spec\.ts.*/, ' added here'))).to.deep.equal([
      "a listener for 'data' of an object of class EventEmitter added here",
      "a listener for 'end' of an object of class EventEmitter added here",
      "a listener for 'first' of an object of class EventEmitter added here",
      "a listener for 'change' of an object of class EventTarget added here",
      "a listener for 'SIGUSR2' of process added here",
    ]);
  });

  it('does not count listeners that have gone, however they went', () => {
    const emitter = new EventEmitter();
    const target = new EventTarget();
    const controller = new AbortController();
    const listener = (): void => {};
    const left = leftBy(() => {
      emitter.on('a', listener).off('a', listener);
      emitter.once('b', listener).emit('b');
      emitter.on('c', listener).removeAllListeners('c');
      target.addEventListener('d', listener);
      target.removeEventListener('d', listener);
      target.addEventListener('e', listener, { once: true });
      target.dispatchEvent(new Event('e'));
      target.addEventListener('f', listener, { signal: controller.signal });
      controller.abort();
    });
    expect(left).to.deep.equal([]);
  });

  it('looks only for what it is told to', () => {
    const emitter = new EventEmitter();
    const watch = watchLeaks({ timers: false, listeners: false });
    emitter.on('data', () => {});
    const handle = setTimeout(() => {}, 50);
    const left = watch.stop();
    clearTimeout(handle);
    expect(left).to.deep.equal([]);
  });

  it('leaves the globals as they were, also when watches nest', () => {
    const before = [
      setTimeout,
      clearTimeout,
      EventEmitter.prototype.on,
      EventTarget.prototype.addEventListener,
    ];
    const outer = watchLeaks();
    const inner = watchLeaks();
    const handle = setTimeout(() => {}, 50);
    const counts = [inner.stop().length, outer.stop().length];
    clearTimeout(handle);
    expect(counts).to.deep.equal([1, 1]);
    const after = [
      setTimeout,
      clearTimeout,
      EventEmitter.prototype.on,
      EventTarget.prototype.addEventListener,
    ];
    expect(after).to.deep.equal(before);
  });

  it('settle gives a stream that closes a turn to take off its listeners, and nobody else any time', async () => {
    const emitter = new EventEmitter();
    const watch = watchLeaks();
    const immediate = setImmediate(() => {}); // would be over a turn later
    await run(
      function* () {
        using _ = fromNodeReadable(new PassThrough());
        yield* checkpoint();
      },
      { backend: 'virtual' },
    );
    emitter.on('data', ignore);
    const left = await watch.settle();
    clearImmediate(immediate);
    expect(left.map((line) => line.replace(/ (added|set) at .*/, ''))).to.deep.equal([
      "a listener for 'data' of an object of class EventEmitter",
      'a timer (setImmediate)',
    ]);
  });

  it('does not count listeners on the signal of a scope or of a wait, which goes with it; but on that of a user', async () => {
    const users = new AbortController();
    function* main(): Coroutine<void> {
      yield* cancelScope(function* ({ signal }) {
        signal.addEventListener('abort', ignore);
        yield* until(async (signal) => signal.addEventListener('abort', ignore));
      });
    }
    const [outer, inner] = [watchLeaks(), watchLeaks()];
    await run(main, { backend: 'virtual' });
    expect(inner.stop()).to.deep.equal([]);
    await run(main, { backend: 'virtual' });
    expect(outer.stop()).to.deep.equal([]);
    const left = leftBy(() => users.signal.addEventListener('abort', ignore));
    expect(left.map((line) => line.replace(/ added at .*leaks\.spec\.ts.*/, ' added here'))).to.deep.equal([
      "a listener for 'abort' of an object of class AbortSignal added here",
    ]);
  });
});

function ignore(): void {}
