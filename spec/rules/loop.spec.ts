import { expect } from 'chai';
import {
  type Coroutine,
  call,
  checkpoint,
  moveOnAfter,
  sleep,
  sleepForever,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { eventLog } from '../support/event-log.js';
import { Gate, parked } from '../support/gate.js';

/** Keeps the processor busy, so that timers fall due while nobody looks. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** How many JavaScript frames are on the stack right now. */
function stackDepth(): number {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const depth = (new Error().stack ?? '').split('\n').length;
  Error.stackTraceLimit = before;
  return depth;
}

onEachBackend('rules L1–L3: the ready queue', (run, { it }) => {
  it('L1: startSoon never runs the child inline', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        labels.push('child');
      });
      labels.push('after startSoon');
    });
    expect(labels).to.deep.equal(['after startSoon', 'child']);
  });

  it('L1: createTask never runs the child inline', function* () {
    const labels: string[] = [];
    function* child(): Coroutine<void> {
      labels.push('child');
    }
    yield* taskGroup(function* (tg) {
      tg.createTask(child());
      labels.push('after createTask');
    });
    expect(labels).to.deep.equal(['after createTask', 'child']);
  });

  it('L1: a spawned task is put at the end of the ready queue, behind all that were ready before', function* () {
    const labels: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        labels.push('first');
        tg.startSoon(function* () {
          labels.push('grandchild by startSoon');
        });
        tg.createTask(
          call(function* () {
            labels.push('grandchild by createTask');
          }),
        );
      });
      tg.startSoon(function* () {
        labels.push('second');
      });
      yield* checkpoint();
      labels.push('body');
    });
    expect(labels).to.deep.equal([
      'first',
      'second',
      'body',
      'grandchild by startSoon',
      'grandchild by createTask',
    ]);
  });

  it("L1: run does not run main's first step inline", async () => {
    const labels: string[] = [];
    const running = run(function* () {
      labels.push('main');
    });
    labels.push('after run');
    await running;
    expect(labels).to.deep.equal(['after run', 'main']);
  });

  it('L2: the ready queue is first in, first out', function* () {
    const labels: string[] = [];
    function* worker(name: string): Coroutine<void> {
      for (let round = 1; round <= 3; round += 1) {
        labels.push(`${name}${round}`);
        yield* checkpoint();
      }
    }
    yield* taskGroup(function* (tg) {
      for (const name of ['a', 'b', 'c']) tg.startSoon(worker, name);
    });
    expect(labels).to.deep.equal(['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3', 'b3', 'c3']);
  });

  it('L2: parked tasks run in the order in which they were woken, not in that in which they parked', function* () {
    const labels: string[] = [];
    const gates = { a: new Gate(), b: new Gate(), c: new Gate() };
    function* sleeper(name: keyof typeof gates): Coroutine<void> {
      yield* gates[name].wait();
      labels.push(name);
    }
    yield* taskGroup(function* (tg) {
      tg.startSoon(sleeper, 'a');
      tg.startSoon(sleeper, 'b');
      tg.startSoon(sleeper, 'c');
      yield* checkpoint();
      gates.c.open();
      gates.a.open();
      gates.b.open();
      yield* checkpoint();
      labels.push('body');
    });
    expect(labels).to.deep.equal(['c', 'a', 'b', 'body']);
  });

  it('L2: the schedule is deterministic: the same program gives the same trace every time', async () => {
    // No timers, so that the host's clock has no say either.
    function* program(): Coroutine<void> {
      yield* taskGroup(function* (tg) {
        for (let i = 0; i < 5; i += 1) {
          const worker = tg.startSoon(function* worker() {
            yield* taskGroup(function* (inner) {
              inner.startSoon(sleepForever);
              yield* checkpoint();
              inner.startSoon(checkpoint);
            });
          });
          yield* checkpoint();
          if (i > 1) worker.cancel();
        }
        for (let i = 0; i < 5; i += 1) yield* checkpoint();
        tg.cancel();
      });
    }
    const first = eventLog();
    const second = eventLog();
    await run(program, { instruments: [first] });
    await run(program, { instruments: [second] });
    const withoutIds = (lines: readonly string[]) => lines.map((line) => line.replace(/task-\d+/, 'task'));
    expect(first.lines.length).to.be.greaterThan(50);
    expect(withoutIds(second.lines)).to.deep.equal(withoutIds(first.lines));
  });

  it('L3: a task runs until it yields; nothing else runs meanwhile', function* () {
    const labels: string[] = [];
    const gate = new Gate();
    yield* taskGroup(function* (tg) {
      const cancelled = tg.startSoon(function* () {
        try {
          yield* parked;
        } finally {
          labels.push('cancelled task');
        }
      });
      tg.startSoon(function* () {
        yield* gate.wait();
        labels.push('woken task');
      });
      yield* checkpoint();
      labels.push('step begins');
      gate.open();
      cancelled.cancel();
      tg.startSoon(function* () {
        labels.push('spawned task');
      });
      block(2);
      labels.push('step ends');
    });
    expect(labels).to.deep.equal([
      'step begins',
      'step ends',
      'woken task',
      'cancelled task',
      'spawned task',
    ]);
  });

  it('L3: a resume from a host callback does not run the task inside that callback', function* () {
    const labels: string[] = [];
    yield* suspend<void>((resume) => {
      setTimeout(() => {
        labels.push('callback begins');
        resume();
        labels.push('callback ends');
      }, 1);
    });
    labels.push('task');
    expect(labels).to.deep.equal(['callback begins', 'callback ends', 'task']);
  });
});

onEachBackend('rule L4: the host gets its turns', (_run, { it }) => {
  it('L4: a busy loop of tasks cannot starve the host', function* () {
    let timerFired = false;
    let immediateRan = false;
    const end = performance.now() + 3_000;
    setTimeout(() => {
      timerFired = true;
    }, 5);
    setImmediate(() => {
      immediateRan = true;
    });
    function* busy(): Coroutine<void> {
      while (!(timerFired && immediateRan) && performance.now() < end) yield* checkpoint();
    }
    yield* taskGroup(function* (tg) {
      tg.startSoon(busy);
      tg.startSoon(busy);
    });
    // Read here, inside the loop: when `run` has settled, the host has had its turn in any case.
    expect([timerFired, immediateRan]).to.deep.equal([true, true]);
  });

  it('L4: nor does one task that spawns another for ever', function* () {
    let timerFired = false;
    const end = performance.now() + 3_000;
    setTimeout(() => {
      timerFired = true;
    }, 5);
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* relay(): Coroutine<void> {
        if (!timerFired && performance.now() < end) tg.startSoon(relay);
      });
    });
    expect(timerFired).to.equal(true);
  });

  it('L4: a promise is served while tasks are busy', function* () {
    const end = performance.now() + 3_000;
    const labels = yield* call(function* () {
      const seen: string[] = [];
      yield* taskGroup(function* (tg) {
        const fetched = tg.startSoon(function* () {
          return yield* until(new Promise<string>((resolve) => setTimeout(resolve, 5, 'response')));
        });
        while (fetched.status === 'pending' && performance.now() < end) yield* checkpoint();
        seen.push(fetched.returnValue);
      });
      return seen;
    });
    expect(labels).to.deep.equal(['response']);
  });
});

onEachBackend('rule L7: no JavaScript stack', (run, { it }) => {
  it('L7: a frame entered by call uses no JavaScript stack once it is suspended', function* () {
    const depths: number[] = [];
    function* descend(frames: number): Coroutine<number> {
      if (frames === 0) {
        yield* checkpoint();
        depths.push(stackDepth());
        return 0;
      }
      return 1 + (yield* call(descend, frames - 1));
    }
    const sums = yield* call(function* () {
      return [yield* call(descend, 0), yield* call(descend, 50_000)];
    });
    expect(sums).to.deep.equal([0, 50_000]);
    expect(depths[1]).to.equal(depths[0]);
  });

  it('L7: an error thrown 50,000 calls deep comes up through every frame', async () => {
    let unwound = 0;
    const boom = new Error('boom');
    function* descend(frames: number): Coroutine<void> {
      try {
        if (frames === 0) throw boom;
        yield* call(descend, frames - 1);
      } finally {
        unwound += 1;
      }
    }
    const error = await rejection(run(() => descend(50_000)));
    expect([error === boom, unwound]).to.deep.equal([true, 50_001]);
  });

  it('L7: a long-running task does not grow the stack, however its waits end', function* () {
    const depths = yield* call(function* () {
      const found: number[] = [];
      for (let i = 0; i < 20_001; i += 1) {
        yield* checkpoint();
        yield* suspend<void>((resume) => resume());
        if (i % 10_000 === 0) found.push(stackDepth());
      }
      return found;
    });
    // Turns asked for in different ways stand on one or two frames more or less.
    expect(depths).to.have.length(3);
    expect(Math.max(...depths) - Math.min(...depths)).to.be.lessThan(4);
  });

  it('L7: a chain of tasks that wait for each other unwinds without recursion', function* () {
    const length = 20_000;
    const last = yield* call(function* () {
      return yield* taskGroup(function* (tg) {
        let handle = tg.startSoon(function* () {
          yield* sleep(1);
          return 0;
        });
        for (let i = 0; i < length; i += 1) {
          const previous = handle;
          handle = tg.startSoon(function* () {
            return 1 + (yield* previous);
          });
        }
        return yield* handle;
      });
    });
    expect(last).to.equal(length);
  });

  it('L7: groups nested 10,000 deep end, and are cancelled, without recursion', function* () {
    let unwound = 0;
    function* nest(depth: number): Coroutine<void> {
      try {
        yield* taskGroup(function* () {
          if (depth === 0) yield* sleepForever();
          else yield* call(nest, depth - 1);
        });
      } finally {
        unwound += 1;
      }
    }
    const outcome = yield* moveOnAfter(1, () => nest(10_000), { otherwise: 'cancelled' });
    expect([outcome, unwound]).to.deep.equal(['cancelled', 10_001]);
  });

  it('L7: a tree of tasks 10,000 deep is cancelled without recursion', function* () {
    let unwound = 0;
    function* nest(depth: number): Coroutine<void> {
      try {
        yield* taskGroup(function* (tg) {
          if (depth === 0) yield* sleepForever();
          else tg.startSoon(nest, depth - 1);
        });
      } finally {
        unwound += 1;
      }
    }
    const outcome = yield* moveOnAfter(30, () => nest(10_000), { otherwise: 'cancelled' });
    expect([outcome, unwound > 0]).to.deep.equal(['cancelled', true]);
  });
});
