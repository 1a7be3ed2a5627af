/**
 * The schedule against a reference: a scheduler of forty lines that has no scopes, groups or errors, only a ready
 * queue and a list of timers. The engine must log the same steps, in the same order, at the same times.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Coroutine,
  checkpoint,
  currentTime,
  moveOnAfter,
  runSync,
  sleep,
  sleepUntil,
  suspend,
  type TaskGroup,
  taskGroup,
} from 'treadle';
import { HUNTING_TIME, hunt } from '../support/programs.js';

type Step =
  | { readonly do: 'checkpoint' }
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'sleepUntil'; readonly at: number }
  | { readonly do: 'park' }
  | { readonly do: 'wake' }
  | { readonly do: 'spawn'; readonly steps: readonly Step[] };

const { steps } = fc.letrec<{ steps: readonly Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 6, depthIdentifier: 'schedule' }),
  step: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'schedule' },
    fc.record({ do: fc.constant('checkpoint' as const) }),
    fc.record({ do: fc.constant('sleep' as const), ms: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constant('sleepUntil' as const), at: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant('park' as const) }),
    fc.record({ do: fc.constant('wake' as const) }),
    fc.record({ do: fc.constant('spawn' as const), steps: tie('steps') }),
  ),
}));

interface Thread {
  readonly id: number;
  readonly steps: readonly Step[];
  at: number;
}

/** The reference. Tasks parked for ever are left where they are. */
function reference(program: readonly Step[]): string[] {
  const log: string[] = [];
  const ready: Thread[] = [];
  const timers: { deadline: number; thread: Thread }[] = [];
  const line: Thread[] = [];
  let now = 0;
  let ids = 0;
  const spawn = (body: readonly Step[]) => ready.push({ id: ids++, steps: body, at: 0 });
  const sleepTo = (deadline: number, thread: Thread) => {
    timers.push({ deadline, thread });
    timers.sort((one, other) => one.deadline - other.deadline); // stable: equal ones stay in order of creation
  };

  function stepOnce(thread: Thread): void {
    while (thread.at < thread.steps.length) {
      const step = thread.steps[thread.at++]!;
      log.push(`${now} ${thread.id} ${step.do}`);
      if (step.do === 'spawn') spawn(step.steps);
      else if (step.do === 'wake') {
        const first = line.shift();
        if (first !== undefined) ready.push(first);
      } else if (step.do === 'sleepUntil' && step.at <= now) {
        // left out in both: whether a deadline in the past passes through the timers is nobody's business
      } else {
        if (step.do === 'checkpoint') ready.push(thread);
        else if (step.do === 'park') line.push(thread);
        else sleepTo(step.do === 'sleep' ? now + step.ms : step.at, thread);
        return;
      }
    }
  }

  spawn(program);
  for (;;) {
    const thread = ready.shift();
    if (thread !== undefined) {
      stepOnce(thread);
      continue;
    }
    const first = timers[0];
    if (first === undefined) return log;
    now = first.deadline;
    while (timers[0]?.deadline === now) ready.push(timers.shift()!.thread);
  }
}

/** Longer than any of these programs: then the tasks that are parked for ever are cancelled. */
const CLOSING_TIME = 1_000_000;

function engine(program: readonly Step[]): string[] {
  const log: string[] = [];
  const line: (() => void)[] = [];
  let ids = 0;
  runSync(function* () {
    const start = currentTime();
    function* thread(tg: TaskGroup, id: number, body: readonly Step[]): Coroutine<void> {
      for (const step of body) {
        const now = currentTime() - start;
        log.push(`${now} ${id} ${step.do}`);
        if (step.do === 'spawn') tg.startSoon(thread, tg, ids++, step.steps);
        else if (step.do === 'wake') line.shift()?.();
        else if (step.do === 'checkpoint') yield* checkpoint();
        else if (step.do === 'sleep') yield* sleep(step.ms);
        else if (step.do === 'sleepUntil') {
          if (step.at > now) yield* sleepUntil(start + step.at);
        } else {
          yield* suspend<void>(
            (resume) => {
              line.push(resume);
            },
            { foreign: false },
          );
        }
      }
    }
    yield* taskGroup(function* (tg) {
      tg.startSoon(thread, tg, ids++, program);
      yield* sleep(CLOSING_TIME);
      tg.cancel();
    });
  });
  return log;
}

describe('the schedule', function () {
  this.timeout(HUNTING_TIME);

  it('L2, L6, L8: is that of a ready queue and a list of timers', () => {
    fc.assert(
      fc.property(steps, (program) => {
        expect(engine(program)).to.deep.equal(reference(program));
      }),
      hunt(600),
    );
  });

  it('L6: timers fire by deadline, then in order of creation, whoever set them and when', () => {
    const sleepers = fc.array(fc.record({ lag: fc.nat(3), ms: fc.integer({ min: 1, max: 6 }) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(sleepers, (list) => {
        const fired: number[] = [];
        const created: number[] = [];
        runSync(function* () {
          yield* taskGroup(function* (tg) {
            list.forEach(({ lag, ms }, id) => {
              tg.startSoon(function* () {
                if (lag > 0) yield* sleep(lag);
                created.push(id);
                yield* sleep(ms);
                fired.push(id);
              });
            });
          });
        });
        const due = (id: number) => list[id]!.lag + list[id]!.ms;
        expect(fired).to.deep.equal(created.slice().sort((one, other) => due(one) - due(other)));
      }),
      hunt(300),
    );
  });

  it('L6: a deadline set before a sleep, and due with it, comes first', () => {
    const pairs = fc.array(fc.record({ limit: fc.nat(5), ms: fc.integer({ min: 1, max: 5 }) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pairs, (list) => {
        const finished = runSync(function* () {
          const handles = yield* taskGroup(function* (tg) {
            return list.map(({ limit, ms }) =>
              tg.createTask(
                moveOnAfter(limit, function* () {
                  yield* sleep(ms);
                  return 'done';
                }),
              ),
            );
          });
          return handles.map((handle) => handle.returnValue);
        });
        expect(finished).to.deep.equal(list.map(({ limit, ms }) => (ms < limit ? 'done' : undefined)));
      }),
      hunt(200),
    );
  });

  it('L2: tasks that only take turns go round in the order in which they were spawned', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 10 }), (turns) => {
        const log: string[] = [];
        runSync(function* () {
          yield* taskGroup(function* (tg) {
            turns.forEach((count, id) => {
              tg.startSoon(function* () {
                for (let turn = 0; turn < count; turn++) {
                  log.push(`${turn}.${id}`);
                  yield* checkpoint();
                }
              });
            });
          });
        });
        const rounds = Array.from({ length: 5 }, (_, turn) =>
          turns.flatMap((count, id) => (turn < count ? [`${turn}.${id}`] : [])),
        );
        expect(log).to.deep.equal(rounds.flat());
      }),
      hunt(200),
    );
  });
});
