/** Instruments: what they hear, in which order; and that a broken one harms nobody. */
import { expect } from 'chai';
import sinon from 'sinon';
import {
  type Coroutine,
  call,
  cancelScope,
  checkpoint,
  type Effect,
  type Instrument,
  moveOnAfter,
  runSync,
  shield,
  sleep,
  sleepForever,
  suspend,
  type TaskInfo,
  taskGroup,
} from 'treadle';
import { onEachBackend } from '../support/contract.js';
import { eventLog } from '../support/event-log.js';

const HOOKS = ['spawn', 'schedule', 'stepStart', 'stepEnd', 'suspend', 'cancel', 'exit'] as const;

onEachBackend('an instrument', (run) => {
  it('hears the whole life of a task', async () => {
    const pause = checkpoint();
    const nap = sleep(1);
    const log = eventLog(
      new Map<Effect<unknown>, string>([
        [pause, 'pause'],
        [nap, 'nap'],
      ]),
    );
    await run(
      function* main() {
        yield* pause;
        yield* nap;
      },
      { instruments: [log] },
    );
    expect(log.lines).to.deep.equal([
      'spawn main',
      'schedule main',
      'stepStart main',
      'suspend main pause',
      'schedule main',
      'stepEnd main',
      'stepStart main',
      'suspend main nap',
      'stepEnd main',
      'schedule main',
      'stepStart main',
      'exit main',
      'stepEnd main',
    ]);
  });

  it('hears of children: who was spawned, who ran, who ended', async () => {
    const log = eventLog();
    const seen: Instrument = {
      spawn: log.spawn!,
      stepStart: log.stepStart!,
      exit: log.exit!,
    };
    await run(
      function* main() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* a() {
            yield* checkpoint();
          });
          tg.startSoon(function* b() {
            tg.startSoon(function* c() {});
          });
        });
      },
      { instruments: [seen] },
    );
    expect(log.lines).to.deep.equal([
      'spawn main',
      'stepStart main',
      'spawn a',
      'spawn b',
      'stepStart a',
      'stepStart b',
      'spawn c',
      'exit b',
      'stepStart a',
      'exit a',
      'stepStart c',
      'exit c',
      'stepStart main',
      'exit main',
    ]);
  });

  it('hears when a cancellation reaches a task, before the task is scheduled because of it', async () => {
    const log = eventLog(new Map([[sleepForever(), 'sleepForever']]));
    await run(
      function* main() {
        yield* taskGroup(function* (tg) {
          const child = tg.startSoon(function* child() {
            yield* sleepForever();
          });
          yield* checkpoint();
          child.cancel();
        });
      },
      { instruments: [log] },
    );
    expect(log.lines.filter((line) => line.includes(' child'))).to.deep.equal([
      'spawn child',
      'schedule child',
      'stepStart child',
      'suspend child sleepForever',
      'stepEnd child',
      'cancel child',
      'schedule child',
      'stepStart child',
      'exit child',
      'stepEnd child',
    ]);
  });

  it('hears one cancel a task, for each task that a cancellation reaches', async () => {
    const log = eventLog();
    const seen: Instrument = { cancel: log.cancel! };
    await run(
      function* main() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* one() {
            yield* cancelScope(() => sleepForever());
          });
          tg.startSoon(function* two() {
            yield* sleepForever();
          });
          tg.startSoon(function* shielded() {
            yield* shield(() => sleep(3));
          });
          yield* sleep(1);
          tg.cancel();
        });
      },
      { instruments: [seen] },
    );
    expect(log.lines.filter((line) => !line.endsWith(' main'))).to.have.members(['cancel one', 'cancel two']);
  });

  it('hears no cancel of a task that has ended', async () => {
    const heard: string[] = [];
    const instrument: Instrument = { cancel: ({ name }) => heard.push(name) };
    await run(
      function* () {
        yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(function* quick() {});
          yield* handle;
          handle.cancel();
        });
      },
      { instruments: [instrument] },
    );
    expect(heard).to.deep.equal([]);
  });

  it('gets the very effect that was yielded', async () => {
    const effects: Effect<unknown>[] = [];
    const seen: Effect<unknown>[] = [];
    await run(
      function* () {
        for (const effect of [
          checkpoint(),
          sleep(1),
          suspend<void>((resume) => void setTimeout(resume, 1)),
        ]) {
          effects.push(effect);
          yield* effect;
        }
      },
      { instruments: [{ suspend: (_task, effect) => void seen.push(effect) }] },
    );
    expect(seen).to.have.length(3);
    expect(seen.every((effect, i) => effect === effects[i])).to.equal(true);
  });

  it('hears no suspend where nothing waits: entering a call or a scope', async () => {
    const log = eventLog();
    await run(
      function* main() {
        yield* call(function* () {
          yield* cancelScope(function* () {
            yield* moveOnAfter(1_000, function* () {});
          });
        });
      },
      { instruments: [log] },
    );
    expect(log.lines).to.deep.equal([
      'spawn main',
      'schedule main',
      'stepStart main',
      'exit main',
      'stepEnd main',
    ]);
  });

  it('is told the id, the name and the parent of a task', async () => {
    const tasks: TaskInfo[] = [];
    await run(
      function* main() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* child() {
            yield* taskGroup(function* (nested) {
              nested.startSoon(function* grandchild() {});
            });
          });
        });
      },
      { instruments: [{ spawn: (task) => void tasks.push(task) }] },
    );
    const [main, child, grandchild] = tasks;
    expect(tasks.map((task) => task.name)).to.deep.equal(['main', 'child', 'grandchild']);
    expect([main?.parentId, child?.parentId, grandchild?.parentId]).to.deep.equal([
      undefined,
      main?.id,
      child?.id,
    ]);
    expect(new Set(tasks.map((task) => task.id)).size).to.equal(3);
  });

  it('may be an object of a class, with any of the hooks', async () => {
    class Counter implements Instrument {
      exits = 0;
      exit(): void {
        this.exits += 1;
      }
    }
    const counter = new Counter();
    await run(
      () =>
        taskGroup(function* (tg) {
          for (let i = 0; i < 3; i += 1) tg.startSoon(checkpoint);
        }),
      { instruments: [counter] },
    );
    expect(counter.exits).to.equal(4);
  });

  it('is one of several: each hears all, in the order given', async () => {
    const labels: string[] = [];
    await run(() => checkpoint(), {
      instruments: [
        { spawn: () => void labels.push('first') },
        {},
        { spawn: () => void labels.push('second') },
      ],
    });
    expect(labels).to.deep.equal(['first', 'second']);
  });

  it('hears a balanced story of any program: one spawn and one exit a task, steps that do not overlap', async () => {
    const log = eventLog();
    await run(
      function* main() {
        yield* moveOnAfter(8, () =>
          taskGroup(function* (tg) {
            for (let i = 0; i < 5; i += 1) {
              tg.startSoon(function* worker(): Coroutine<void> {
                for (;;) {
                  yield* taskGroup(function* (inner) {
                    inner.startSoon(function* helper() {
                      yield* sleep(1);
                    });
                    yield* checkpoint();
                  });
                }
              });
            }
          }),
        );
      },
      { instruments: [log] },
    );
    const count = (event: string) => log.lines.filter((line) => line.startsWith(`${event} `)).length;
    expect(count('spawn')).to.be.greaterThan(10);
    expect(count('exit')).to.equal(count('spawn'));
    expect(count('stepEnd')).to.equal(count('stepStart'));
    expect(count('schedule')).to.equal(count('stepStart'));
    const steps = log.lines.filter((line) => /^step/.test(line));
    for (let i = 0; i < steps.length; i += 2) {
      expect([steps[i], steps[i + 1]]).to.deep.equal([steps[i], steps[i]?.replace('stepStart', 'stepEnd')]);
    }
  });
});

onEachBackend('an instrument that throws', (run) => {
  let reported: sinon.SinonStub;

  beforeEach(() => {
    reported = sinon.stub(console, 'error');
  });

  afterEach(() => {
    reported.restore();
  });

  for (const hook of HOOKS) {
    it(`from ${hook} is dropped and reported, never fatal`, async () => {
      const boom = new Error('broken instrument');
      let calls = 0;
      const broken: Instrument = {
        [hook]: () => {
          calls += 1;
          throw boom;
        },
      };
      const healthy = eventLog();
      const reference = eventLog();
      function* main(): Coroutine<string> {
        yield* taskGroup(function* (tg) {
          const child = tg.startSoon(function* child() {
            yield* sleepForever();
          });
          tg.startSoon(function* other() {
            yield* checkpoint();
          });
          yield* checkpoint();
          child.cancel();
        });
        return 'value';
      }
      const value = await run(main, { instruments: [broken, healthy] });
      const reports = reported.args.flat();
      expect(await run(main, { instruments: [reference] })).to.equal(value);
      expect([value, calls]).to.deep.equal(['value', 1]);
      expect(healthy.lines).to.deep.equal(reference.lines);
      expect(reports).to.include(boom);
      expect(reports.some((report) => typeof report === 'string' && report.includes(hook))).to.equal(true);
    });
  }

  it('is dropped as a whole: none of its hooks is called again', async () => {
    const labels: string[] = [];
    await run(() => checkpoint(), {
      instruments: [
        {
          spawn: () => void labels.push('spawn'),
          stepStart: () => {
            labels.push('stepStart');
            throw new Error('broken');
          },
          exit: () => void labels.push('exit'),
        },
      ],
    });
    expect([labels, reported.callCount]).to.deep.equal([['spawn', 'stepStart'], 1]);
  });
});

describe('instruments and runSync', () => {
  it('hear the same there', () => {
    const log = eventLog();
    runSync(function* main() {}, { instruments: [log] });
    expect(log.lines).to.deep.equal([
      'spawn main',
      'schedule main',
      'stepStart main',
      'exit main',
      'stepEnd main',
    ]);
  });
});
