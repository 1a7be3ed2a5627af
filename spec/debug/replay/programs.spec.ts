/**
 * What recording and replaying are held to: the replay of a random program takes the same steps, with the same result,
 * whatever came from outside and whenever; also when it goes back and forward.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Coroutine,
  Event,
  failAfter,
  moveOnAfter,
  type Portal,
  type RunOptions,
  run,
  runSync,
  sleep,
  type TaskGroup,
  taskGroup,
  until,
  withPortal,
} from 'treadle';
import { type Recording, readRecording, record, replay, type Step, type Stepper } from 'treadle/debug';
import { HUNTING_TIME, hunt, programs } from '../../support/programs.js';
import { assertSound, type Mode, type Report, runProgramBy } from '../../support/run-program.js';

/** What a task does, one after the other. Foreign waits end after so many turns of the host; callbacks come after one. */
type Action =
  | { readonly do: 'sleep'; readonly ms: number }
  | {
      readonly do: 'wait';
      readonly turns: number;
      readonly fails: boolean;
      readonly form: 'promise' | 'signal' | 'stubborn';
    }
  | { readonly do: 'random' }
  | { readonly do: 'set' | 'await'; readonly event: number }
  | { readonly do: 'limited'; readonly ms: number; readonly body: readonly Action[] }
  | { readonly do: 'spawn'; readonly body: readonly Action[] }
  | { readonly do: 'callback'; readonly event: number; readonly body: readonly Action[] | undefined };

const { actions } = fc.letrec<{ actions: readonly Action[]; action: Action }>((tie) => ({
  actions: fc.array(tie('action'), { maxLength: 4 }),
  action: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'action' },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        turns: fc.nat(6),
        fails: fc.boolean(),
        form: fc.constantFrom('promise' as const, 'signal' as const, 'stubborn' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('sleep' as const), ms: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('random' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('set' as const, 'await' as const), event: fc.nat(1) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('limited' as const), ms: fc.nat(3), body: tie('actions') }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('spawn' as const), body: tie('actions') }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('callback' as const),
        event: fc.nat(1),
        body: fc.option(tie('actions'), { nil: undefined }),
      }),
    },
  ),
}));

const program = fc.array(actions, { minLength: 1, maxLength: 3 });

/** The host: what it does for the program comes so many turns later. */
function later<T>(turns: number, make: () => T, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => setImmediate(() => reject(signal.reason)));
    const turn = (left: number): void => {
      if (left > 0) setImmediate(turn, left - 1);
      else {
        try {
          resolve(make());
        } catch (error) {
          reject(error);
        }
      }
    };
    turn(turns);
  });
}

class Refused extends Error {}

/** The portal may be closed by then. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // and nothing comes of it
  }
}

/** The program, which tells what it does. */
function mainOf(tasks: readonly (readonly Action[])[], log: string[]): () => Coroutine<string> {
  let asked = 0;
  function* wait({ turns, fails, form }: Extract<Action, { do: 'wait' }>): Coroutine<void> {
    const make = (): unknown => {
      asked++;
      if (fails) throw new Refused(`no ${asked}`);
      return { turns, asked };
    };
    try {
      const value = yield* until<unknown>(
        form === 'promise'
          ? later(turns, make)
          : (signal) => later(turns, make, form === 'signal' ? signal : undefined),
      );
      log.push(`got ${JSON.stringify(value)}`);
    } catch (error) {
      log.push(`caught ${(error as Error).name} ${(error as Error).message}`);
      if (!(error instanceof Error) || !error.message.startsWith('no ')) throw error;
    }
  }
  return function* main() {
    const events = [new Event(), new Event()];
    function* task(tg: TaskGroup, body: readonly Action[]): Coroutine<void> {
      for (const action of body) {
        log.push(action.do);
        if (action.do === 'wait') yield* wait(action);
        else if (action.do === 'sleep') yield* sleep(action.ms);
        else if (action.do === 'random') yield* sleep(Math.floor(Math.random() * 4));
        else if (action.do === 'set') events[action.event]?.set();
        else if (action.do === 'await') yield* moveOnAfter(5, () => events[action.event]!.wait());
        else if (action.do === 'callback') {
          const { event, body: rest } = action;
          setImmediate(() => {
            log.push('called');
            if (rest === undefined) events[event]?.set();
            else attempt(() => portal.call(task, tg, rest).catch(() => {}));
          });
        } else if (action.do === 'spawn') tg.startSoon(task, tg, action.body);
        else if (action.do === 'limited') {
          try {
            yield* failAfter(action.ms, () => task(tg, action.body));
          } catch (error) {
            if ((error as Error).name !== 'TimeoutError') throw error;
            log.push('timed out');
          }
        }
      }
    }
    let portal!: Portal;
    yield* withPortal(function* (opened) {
      portal = opened;
      yield* taskGroup(function* (tg) {
        for (const body of tasks) tg.startSoon(task, tg, body);
      });
    });
    return `asked ${Math.random()}`;
  };
}

interface Outcome {
  readonly result: unknown;
  readonly log: readonly string[];
}

async function settle(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return `${(error as Error).name}`;
  }
}

function resultOf(stepper: Stepper<unknown>): unknown {
  try {
    return stepper.result;
  } catch (error) {
    return `${(error as Error).name}`;
  }
}

function taken(steps: readonly Step[]): unknown {
  return steps.map(({ task, kind, effect, function: name }) => [task.id, kind, name, effect]);
}

function recorded({ runs }: Recording): unknown {
  return runs[0]?.steps.map(({ task, kind, fn, words }) => [
    task,
    kind,
    fn.name,
    kind === 'yielded' ? words : undefined,
  ]);
}

describe('the replay of a recorded program', function () {
  this.timeout(HUNTING_TIME);

  for (const backend of ['virtual', 'node'] as const) {
    it(`takes the same steps, with the same result (${backend})`, async () => {
      await fc.assert(
        fc.asyncProperty(program, async (tasks) => {
          const first: string[] = [];
          let text = '';
          let result: unknown;
          {
            using recorder = record();
            result = await settle(run(mainOf(tasks, first), { backend }));
            text = recorder.text;
          }
          const again: string[] = [];
          const stepper = replay(mainOf(tasks, again), text);
          stepper.continue();
          const outcome: Outcome = { result: resultOf(stepper), log: again };
          expect(outcome).to.deep.equal({ result, log: first });
          expect(taken(stepper.history)).to.deep.equal(recorded(readRecording(text)));
        }),
        hunt(backend === 'node' ? 30 : 60),
      );
    });
  }

  it('goes back and forward through the same steps', async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.array(fc.nat(100), { maxLength: 4 }), async (tasks, places) => {
        using recorder = record();
        await settle(run(mainOf(tasks, []), { backend: 'virtual' }));
        const stepper = replay(mainOf(tasks, []), recorder.text);
        stepper.continue();
        const all = taken(stepper.history) as unknown[];
        for (const place of places) {
          const index = place % (all.length + 1);
          stepper.goTo(index);
          expect(taken(stepper.history)).to.deep.equal(all.slice(0, index));
        }
        stepper.continue();
        expect(taken(stepper.history)).to.deep.equal(all);
      }),
      hunt(30),
    );
  });

  for (const mode of ['looked-after', 'alone'] as const satisfies readonly Mode[]) {
    it(`goes as it went, with scopes, groups and cancellations of all sorts (${mode})`, () => {
      fc.assert(
        fc.property(programs({ aborts: mode === 'looked-after' }), (block) => {
          let text = '';
          const runIt = (main: () => Coroutine<string>, options: RunOptions): string => {
            using recorder = record();
            try {
              return runSync(main, { ...options, backend: 'virtual' });
            } finally {
              text = recorder.text;
            }
          };
          const first = runProgramBy(runIt, block, mode);
          const replayIt = (main: () => Coroutine<string>, options: RunOptions): string => {
            const { backend: _none, ...others } = options;
            const stepper = replay(main, text, others);
            stepper.continue();
            return stepper.result;
          };
          const again = runProgramBy(replayIt, block, mode);
          assertSound(again);
          expect(story(again)).to.deep.equal(story(first));
        }),
        hunt(60),
      );
    });
  }
});

function story({ log, trace, ending }: Report): unknown {
  return { log, trace, ending: ending.kind };
}
