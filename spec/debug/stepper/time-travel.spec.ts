/** Going back: by executing main anew, and what that cannot set back. */
import { expect } from 'chai';
import {
  type Coroutine,
  checkpoint,
  currentTime,
  Lock,
  run,
  sleep,
  type TaskHandle,
  taskGroup,
  until,
} from 'treadle';
import { createStepper, ForeignWaitError } from 'treadle/debug';
import { VirtualBackend } from 'treadle/testing';
import { thrown } from '../../support/contract.js';
import { eventLog } from '../../support/event-log.js';

function* counts(): Coroutine<number> {
  let sum = 0;
  for (let n = 1; n <= 5; n++) {
    yield* sleep(n);
    sum += n;
  }
  return sum;
}

/** Two tasks that take turns, and their handles. */
function pair(): { main: () => Coroutine<string[]>; handles: TaskHandle<unknown>[] } {
  const handles: TaskHandle<unknown>[] = [];
  return {
    handles,
    *main() {
      const log: string[] = [];
      function* turns(name: string): Coroutine<void> {
        for (let n = 0; n < 3; n++) {
          log.push(`${name}${n}`);
          yield* checkpoint();
        }
      }
      yield* taskGroup(function* body(tg) {
        handles.splice(0, 2, tg.startSoon(turns, 'a'), tg.startSoon(turns, 'b'));
      });
      return log;
    },
  };
}

describe('a stepper that goes back', () => {
  it('stands where it stood: the steps, the clock, who is ready', () => {
    const stepper = createStepper(counts);
    for (let n = 0; n < 4; n++) stepper.step();
    stepper.back(2);
    expect([stepper.last?.index, stepper.last?.effect, stepper.time, stepper.history.length]).to.deep.equal([
      2,
      'sleep(2)',
      1,
      2,
    ]);
    stepper.back();
    expect(stepper.last?.index).to.equal(1);
    stepper.continue();
    expect([stepper.result, stepper.time]).to.deep.equal([15, 15]);
  });

  it('comes back from the end, and goes to the beginning', () => {
    const stepper = createStepper(counts);
    stepper.continue();
    stepper.goTo(0);
    expect([stepper.isDone, stepper.last, stepper.time, stepper.ready.length]).to.deep.equal([
      false,
      undefined,
      0,
      1,
    ]);
    stepper.goTo(6);
    expect([stepper.isDone, stepper.result]).to.deep.equal([true, 15]);
    stepper.back(0);
    expect(stepper.isDone).to.equal(true);
  });

  it('goes forward again the way it went, with the tasks that were chosen', () => {
    const { main, handles } = pair();
    const stepper = createStepper(main);
    for (let n = 0; n < 2; n++) stepper.step();
    for (let n = 0; n < 3; n++) stepper.stepTask(handles[1]!);
    const names = () => stepper.history.map(({ task }) => task.id).join('');
    stepper.goTo(2);
    expect(names()).to.equal('11');
    stepper.goTo(5);
    expect(names()).to.equal('11333');
    stepper.continue();
    expect(stepper.result).to.deep.equal(['b0', 'b1', 'b2', 'a0', 'a1', 'a2']);
  });

  it('goes another way from there, if it is told to', () => {
    const { main, handles } = pair();
    const stepper = createStepper(main);
    for (let n = 0; n < 2; n++) stepper.step();
    for (let n = 0; n < 3; n++) stepper.stepTask(handles[1]!);
    for (let n = 0; n < 2; n++) stepper.step();
    const names = () => stepper.history.map(({ task }) => task.id).join('');
    expect(names()).to.equal('1133323');
    stepper.back(5);
    stepper.step();
    stepper.goTo(7);
    expect(names()).to.equal('1123232');
    stepper.continue();
    expect(stepper.result).to.deep.equal(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  });

  it('takes handles of the execution that was undone', () => {
    const { main, handles } = pair();
    const stepper = createStepper(main);
    stepper.goTo(2);
    const [, old] = handles;
    stepper.back(1);
    stepper.step();
    expect(old).to.not.equal(handles[1]);
    expect(stepper.stepTask(old!)?.task.id).to.equal(3);
  });

  it('lets the execution that it leaves clean up, unheard, before main begins anew', () => {
    const log: string[] = [];
    const events = eventLog();
    const stepper = createStepper(
      function* main() {
        log.push('begins');
        try {
          yield* checkpoint();
          yield* sleep(5);
        } finally {
          yield* checkpointInVain();
          log.push('cleans up');
        }
      },
      { instruments: [events] },
    );
    function* checkpointInVain(): Coroutine<void> {
      try {
        yield* checkpoint();
      } catch {
        // cancelled
      }
    }
    stepper.goTo(2);
    const heard = [...events.lines];
    stepper.back();
    expect(log).to.deep.equal(['begins', 'cleans up', 'begins']);
    expect(events.lines).to.deep.equal([...heard, ...heard.slice(0, heard.indexOf('stepEnd main') + 1)]);
  });

  it('finds what lies outside of main as the execution before has left it: a lock, released', () => {
    const lock = new Lock();
    const stepper = createStepper(function* main() {
      using _ = yield* lock.acquire();
      yield* sleep(1);
      return lock.statistics().owner?.name;
    });
    stepper.goTo(2);
    stepper.back();
    stepper.continue();
    expect(stepper.result).to.equal('main');
  });

  it('says at which step a program goes another way than before', () => {
    let calls = 0;
    const stepper = createStepper(function* main() {
      calls++;
      yield* checkpoint();
      yield* sleep(calls);
    });
    stepper.goTo(2);
    expect(() => stepper.back(0)).to.not.throw();
    stepper.step();
    expect(() => stepper.back()).to.throw(
      /step 2 was not what it had been:\n {2}then: at 0 ms task main \(#1\) yielded sleep\(1\) in main\n {2}now: .*sleep\(2\) in main\nThe program depends on something that lies outside of main/,
    );
    expect(stepper.last?.effect).to.equal('sleep(2)');
  });

  it('refuses to go where there is nothing', () => {
    const stepper = createStepper(counts);
    stepper.step();
    expect(() => stepper.back(2)).to.throw(RangeError, 'cannot go back by 2 steps: 1 have been taken');
    for (const n of [-1, 1.5, NaN, '1'])
      expect(() => stepper.back(n as number)).to.throw(RangeError, 'back(n)');
    expect(() => stepper.goTo(-1)).to.throw(RangeError, 'goTo(step) takes the number of a step');
    expect(() => stepper.goTo(99)).to.throw(RangeError, 'there is no step 99: the run has ended after 6');
    expect(stepper.result).to.equal(15);
  });

  it('cannot pass a foreign wait, nor go back before an aborted signal', async () => {
    const stepper = createStepper(function* main() {
      yield* until(Promise.resolve());
      yield* sleep(1);
    });
    stepper.step();
    await Promise.resolve();
    stepper.step();
    stepper.back();
    expect(stepper.last?.effect).to.equal('until(promise)');
    expect(() => stepper.goTo(2)).to.throw(ForeignWaitError);

    const controller = new AbortController();
    const other = createStepper(counts, { signal: controller.signal });
    other.goTo(2);
    controller.abort('stop');
    other.continue();
    expect(thrown(() => other.result)).to.equal('stop');
    expect(() => other.back()).to.throw('cannot go back: the signal of the run has aborted');
  });

  it('sets a clock of the user back, unless another run needs it', async () => {
    const clock = new VirtualBackend();
    clock.jumpTo(100);
    const times: number[] = [];
    const stepper = createStepper(
      function* main() {
        yield* sleep(5);
        times.push(currentTime());
        yield* sleep(5);
      },
      { backend: clock },
    );
    stepper.goTo(2);
    stepper.back(2);
    expect(clock.now()).to.equal(100);
    stepper.goTo(2);
    expect(times).to.deep.equal([105, 105]);
    const other = run(() => sleep(1), { backend: clock });
    expect(() => stepper.back(2)).to.throw('a clock cannot go back while a run uses it');
    await other;
  });
});
