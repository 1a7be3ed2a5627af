/**
 * The web backend, on the standard APIs as Node has them: messages for turns, timers for deadlines, and what is
 * particular to a page. What it has in common with the others is in spec/rules/, which run on it too.
 */
import { expect } from 'chai';
import sinon from 'sinon';
import {
  checkpoint,
  currentTime,
  getAvailableBackends,
  type Operation,
  run as runAnywhere,
  sleep,
  suspend,
  taskGroup,
} from 'treadle';
import { runProgram } from '../support/child.js';

const run = <T>(main: () => Operation<T>) => runAnywhere(main, { backend: 'web' });

/** Keeps two tasks busy for so many milliseconds, so that turns are handed over many times. */
/** Two tasks that take turns. When the machine stops for a while, that counts as one millisecond at most. */
function busily(ms: number): Operation<void> {
  return taskGroup(function* (tg) {
    let left = ms;
    let before = performance.now();
    for (let i = 0; i < 2; i++) {
      tg.startSoon(function* () {
        while (left > 0) {
          yield* checkpoint();
          const now = performance.now();
          left -= Math.min(now - before, 1);
          before = now;
        }
      });
    }
    yield* checkpoint();
  });
}

describe('the web backend', () => {
  it('is there wherever MessageChannel is, and the default only where node is not', () => {
    expect(getAvailableBackends()).deep.equal(['node', 'web', 'virtual']);
    const { getBuiltinModule } = process;
    try {
      Object.assign(process, { getBuiltinModule: undefined });
      expect(getAvailableBackends()).deep.equal(['web', 'virtual']);
    } finally {
      Object.assign(process, { getBuiltinModule });
    }
  });

  it('is what run uses by itself where there is no Node', async () => {
    const { getBuiltinModule } = process;
    const setImmediate = sinon.spy(globalThis, 'setImmediate');
    try {
      Object.assign(process, { getBuiltinModule: undefined });
      const running = runAnywhere(() => busily(10));
      Object.assign(process, { getBuiltinModule });
      await running;
      expect(setImmediate.callCount).equal(0);
    } finally {
      Object.assign(process, { getBuiltinModule });
      setImmediate.restore();
    }
  });

  it('keeps time', async () => {
    const real = performance.now();
    const elapsed = await run(function* () {
      const start = currentTime();
      yield* sleep(10);
      return currentTime() - start;
    });
    expect(elapsed).within(10, performance.now() - real + 1);
  });

  it('resumes a task before the next callback of the host', async () => {
    const labels: string[] = [];
    await run(function* () {
      yield* suspend<void>((resume) => {
        setTimeout(() => {
          labels.push('callback');
          resume();
          setImmediate(() => labels.push('next callback'));
        }, 1);
      });
      labels.push('task');
      yield* sleep(2);
    });
    expect(labels).deep.equal(['callback', 'task', 'next callback']);
  });

  it('L4: busy tasks starve neither timers nor the messages of others', async () => {
    let ticks = 0;
    let messages = 0;
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = () => {
      messages++;
      setTimeout(() => port1.postMessage(null), 1);
    };
    port1.postMessage(null);
    const interval = setInterval(() => ticks++, 1);
    await run(() => busily(400));
    clearInterval(interval);
    port1.close();
    // Each slice is 8 ms, so about 50 were possible; a loaded machine gives far fewer. Starved, there are none at all.
    expect(ticks).greaterThan(3);
    expect(messages).greaterThan(3);
  });

  it('hands the host its turns by messages, not by timers', async () => {
    const spy = sinon.spy(globalThis, 'setTimeout');
    const immediate = sinon.spy(globalThis, 'setImmediate');
    try {
      await run(() => busily(20));
      expect([spy.callCount, immediate.callCount]).deep.equal([0, 0]);
    } finally {
      spy.restore();
      immediate.restore();
    }
  });

  it('opens one channel when it is first busy for long, and closes both ports at the end', async () => {
    const Original = globalThis.MessageChannel;
    const story: string[] = [];
    globalThis.MessageChannel = class extends Original {
      constructor() {
        super();
        story.push('opened');
        for (const port of [this.port1, this.port2])
          port.addEventListener('close', () => story.push('closed'));
      }
    };
    try {
      await run(() => checkpoint());
      await run(function* () {
        story.push('busy');
        yield* busily(10);
        story.push('done');
      });
    } finally {
      globalThis.MessageChannel = Original;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(story).deep.equal(['busy', 'opened', 'done', 'closed', 'closed']);
  });

  it('does not keep the process alive while it is idle, and does while a task sleeps', async () => {
    const ended = await runProgram(`
      import { checkpoint, run, sleep, suspend } from 'treadle';
      await run(() => sleep(20), { backend: 'web' });
      console.log('slept');
      run(function* () {
        const end = performance.now() + 10;
        while (performance.now() < end) yield* checkpoint(); // several slices: the channel is there
        console.log('busy');
        yield* suspend(() => {});
      }, { backend: 'web' });
      process.on('exit', () => console.log('exits by itself'));
    `);
    expect(ended).deep.equal({
      code: 0,
      stdout: 'slept\nbusy\nexits by itself\n',
      stderr: '',
      timedOut: false,
    });
  });
});

describe('the web backend in a page', () => {
  class Page extends EventTarget {
    visibilityState: 'visible' | 'hidden' = 'visible';
    listeners = 0;

    override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
      this.listeners++;
      super.addEventListener(...args);
    }

    override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
      this.listeners--;
      super.removeEventListener(...args);
    }

    become(state: 'visible' | 'hidden'): void {
      this.visibilityState = state;
      this.dispatchEvent(new Event('visibilitychange'));
    }
  }

  it('does what is overdue as soon as the page is shown again, and leaves no listener', async () => {
    const page = new Page();
    const labels: string[] = [];
    // A hidden page: its timers are not served at all.
    const timers = sinon.stub(globalThis, 'setTimeout').returns(1 as unknown as NodeJS.Timeout);
    Object.assign(globalThis, { document: page });
    try {
      const running = run(function* () {
        labels.push(`${page.listeners} listener`);
        yield* sleep(3);
        labels.push('awake');
      });
      page.become('hidden');
      for (const end = performance.now() + 10; performance.now() < end; ) await new Promise(setImmediate);
      labels.push('time is up');
      page.become('hidden');
      await new Promise(setImmediate);
      labels.push('shown');
      page.become('visible');
      await running;
      labels.push(`${page.listeners} listeners`);
    } finally {
      timers.restore();
      Reflect.deleteProperty(globalThis, 'document');
    }
    expect(labels).deep.equal(['1 listener', 'time is up', 'shown', 'awake', '0 listeners']);
  });

  it('a page that is shown before a deadline changes nothing', async () => {
    const page = new Page();
    Object.assign(globalThis, { document: page });
    try {
      const elapsed = await run(function* () {
        const start = currentTime();
        setImmediate(() => page.become('visible'));
        yield* sleep(5);
        return currentTime() - start;
      });
      expect(elapsed).greaterThanOrEqual(5);
    } finally {
      Reflect.deleteProperty(globalThis, 'document');
    }
  });
});
