import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type Coroutine, checkpoint, Event, run, sleep, taskGroup, until } from 'treadle';
import { replay, replayRuns } from 'treadle/debug';
import { again, failing, recorded } from '../../support/recorded.js';

describe('a replay that goes another way', () => {
  function program(ms: number, more = 0) {
    return function* main(): Coroutine<void> {
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* waiter() {
          yield* until(delay(1));
          yield* sleep(ms);
          for (let n = 0; n < more; n++) yield* checkpoint();
        });
      });
    };
  }

  it('is found out: the step, the task, what was to be and what is, and where', async () => {
    const [text] = await recorded(program(1));
    const stepper = replay(program(2), text);
    const error = await failing(() => stepper.continue());
    expect(error).to.include({ name: 'ReplayDivergence', step: 4 });
    expect(error.message).to.match(
      /^step 4 of the run is not what was recorded:\n {2}recorded: task waiter \(#2\) yielded sleep\(1\) in waiter, declared at .*divergence\.spec\.ts:\d+\n {2}replayed: task waiter \(#2\) yielded sleep\(2\) in waiter at spec\/debug\/replay\/divergence\.spec\.ts:\d+:\d+$/,
    );
    expect(stepper.last?.effect).to.equal('sleep(2)'); // and it stands there
    expect(await failing(() => stepper.step())).to.equal(error);
    stepper.back(2);
    expect(stepper.tasks().map(({ name }) => name)).to.deep.equal(['main', 'waiter']);
  });

  it('is found out when it goes on too long, or ends too soon, or waits for what does not come', async () => {
    const [text] = await recorded(program(1, 1));
    expect((await failing(() => replay(program(1, 2), text).continue())).message).to.contain(
      'yielded checkpoint',
    );
    expect((await failing(() => replay(program(1, 0), text).continue())).message).to.contain('returned');
    const [short] = await recorded(function* main() {
      yield* until(delay(1));
    });
    const stuck = replay(function* main() {
      yield* until(delay(1));
      yield* until(delay(1));
    }, short);
    expect((await failing(() => stuck.continue())).message).to.contain(
      'step 2 of the run is not what was recorded',
    );
  });

  it('is found out when another task does the same, or another function', async () => {
    const inOrder = (order: readonly number[], helper: () => Coroutine<void>) =>
      function* main(): Coroutine<void> {
        const events = [new Event(), new Event()];
        yield* taskGroup(function* (tg) {
          for (const event of events) tg.startSoon(() => event.wait());
          yield* checkpoint();
          for (const at of order) events[at]?.set();
        });
        yield* helper();
      };
    const left = function* left(): Coroutine<void> {
      yield* checkpoint();
    };
    const right = function* right(): Coroutine<void> {
      yield* checkpoint();
    };
    const [text] = await recorded(inOrder([0, 1], left));
    expect((await failing(() => replay(inOrder([1, 0], left), text).continue())).message).to.match(
      /recorded: task .*#2\) returned[\s\S]*replayed: task .*#3\) returned/,
    );
    expect((await failing(() => replay(inOrder([0, 1], right), text).continue())).message).to.match(
      /recorded: .* in left,[\s\S]*replayed: .* in right /,
    );
  });

  it('ends the run by that error when it goes by itself', async () => {
    const [text] = await recorded(program(1));
    const told: unknown[] = [];
    using _ = replayRuns(text, { onDivergence: (error) => told.push(error) });
    const error = await failing(() => run(program(2)));
    expect(error.name).to.equal('ReplayDivergence');
    expect(told).to.deep.equal([error]);
  });

  it('says what the program used that is not recorded', async () => {
    const socket = { name: 'socket', send: () => 5 };
    class Socket {
      send = socket.send;
    }
    const main = function* main(): Coroutine<void> {
      const opened = yield* until(Promise.resolve(new Socket()));
      yield* sleep(Number(`${opened.send()}`) === 5 ? 0 : 1);
    };
    const [text] = await recorded(main);
    expect((await failing(() => again(main, text) as never)).message).to.contain(
      'it used what the recording does not have: until(promise).send()',
    );
  });

  it('takes no step out of turn', async () => {
    const [text] = await recorded(function* main() {
      yield* taskGroup(function* (tg) {
        tg.startSoon(checkpoint);
        tg.startSoon(checkpoint);
      });
    });
    const stepper = replay(function* main() {
      yield* taskGroup(function* (tg) {
        tg.startSoon(checkpoint);
        tg.startSoon(checkpoint);
      });
    }, text);
    stepper.goTo(2);
    const [, second] = stepper.ready;
    expect((await failing(() => stepper.stepTask(second!))).message).to.match(
      /^a replay takes the steps that were recorded: next is task checkpoint/,
    );
  });
});
