/** What an adapter needs of a stepper: which breakpoint has stopped a motion, and to go on with that motion. */
import { expect } from 'chai';
import type { Breakpoint } from '../../../lib/debug/stepper/breakpoint.js';
import { createStepper } from '../../../lib/debug/stepper/stepper.js';
import { type Coroutine, call, checkpoint, sleep, taskGroup } from '../../../lib/index.js';

function* leaf(ms: number): Coroutine<number> {
  yield* sleep(ms);
  return ms;
}

function* branch(): Coroutine<void> {
  yield* leaf(1);
  yield* leaf(2);
  yield* call(leaf, 3);
}

function* other(): Coroutine<void> {
  for (let n = 0; n < 4; n++) yield* sleep(1);
}

function* main(): Coroutine<void> {
  yield* taskGroup(function* (tg) {
    tg.startSoon(branch);
    tg.startSoon(other);
    yield* checkpoint();
  });
}

describe('a motion that a breakpoint interrupts', () => {
  it('can be resumed, and comes to the end that it was meant to have', () => {
    using plain = createStepper(main);
    plain.runUntil('leaf');
    const end = plain.stepOut()!;
    expect(end).to.include({ kind: 'yielded', effect: 'sleep(2)' });

    using stepper = createStepper(main);
    stepper.runUntil('leaf');
    stepper.breakpoints.add('other');
    expect(stepper.stepOut()!.task.name).to.equal('other');
    expect(stepper.resume()!.index).to.equal(end.index);
    expect(stepper.stoppedBy).to.equal(undefined);
  });

  it('goes on as continue does when it belongs to an execution that was undone, or when there is none', () => {
    using stepper = createStepper(main);
    stepper.breakpoints.add('other');
    expect(stepper.resume()!.function).to.equal('other');
    stepper.stepOut();
    stepper.goTo(1);
    expect(stepper.resume()!.function).to.equal('other');
  });

  it('tells which breakpoint it was', () => {
    using stepper = createStepper(main);
    const conditions: Breakpoint = { effect: 'sleep', task: 'other' };
    stepper.breakpoints.add('branch').add(conditions);
    stepper.continue();
    expect(stepper.stoppedBy).to.equal('branch');
    stepper.continue();
    expect(stepper.stoppedBy).to.equal(conditions);
    expect(stepper.holding).to.deep.equal([conditions]);
    stepper.step();
    expect(stepper.stoppedBy).to.equal(undefined);
  });

  it('tells all the breakpoints that held', () => {
    using stepper = createStepper(main);
    const conditions: Breakpoint = { on: 'spawn', task: 'other' };
    stepper.breakpoints.add('main').add('nowhere').add(conditions);
    stepper.continue();
    stepper.continue();
    expect(stepper.holding).to.deep.equal(['main', conditions]);
    stepper.step();
    expect(stepper.holding).to.deep.equal([]);
  });

  it('can be resumed on a real clock, after a pause', async () => {
    await using stepper = createStepper(main, { backend: 'node' });
    await stepper.runUntil('leaf');
    const motion = stepper.runUntil({ effect: 'sleep(2)' });
    stepper.pause();
    expect(await motion).to.equal(undefined);
    expect((await stepper.resume())!.effect).to.equal('sleep(2)');
  });
});

it('tasks(id) gives one task alone', () => {
  using stepper = createStepper(main);
  stepper.runUntil('leaf');
  const whole = stepper.tasks();
  const [branchTask] = stepper.tasks(2);
  expect(branchTask!.frames).to.deep.equal(whole.find(({ id }) => id === 2)!.frames);
  expect(stepper.tasks(1)[0]!.children).to.deep.equal([]);
  expect(stepper.tasks(99)).to.deep.equal([]);
});
