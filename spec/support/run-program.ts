/** Runs a random program on the virtual clock and reports what the model found. */
import {
  type Coroutine,
  currentTime,
  DeadlockError,
  type RunOptions,
  run,
  runningTasks,
  runSync,
  shield,
  sleep,
  taskGroup,
} from 'treadle';
import { describeEnding, type Ending, returned, threw } from './ending.js';
import type { ModelTask } from './entities.js';
import { Interpreter } from './interpreter.js';
import { Model } from './model.js';
import type { Block } from './programs.js';
import { judgeTrace, Trace } from './trace.js';

/**
 * - `looked-after`: a janitor wakes who is parked for too long, and cancels everything when that does not help, so
 *   that every program ends; the run has a signal, which the program may abort.
 * - `alone`: the program may deadlock, and the run must find that out.
 */
export type Mode = 'looked-after' | 'alone';

export interface Report {
  /** What the program did, line by line. */
  readonly log: readonly string[];
  /** What the instrument was told. */
  readonly trace: readonly string[];
  readonly violations: readonly string[];
  readonly ending: Ending;
  readonly steps: number;
}

/** Longer than any program sleeps: what is still parked then waits for somebody who never comes. */
const PATIENCE = 1000;
/** Rounds of waking before everything is cancelled; what is left then are tasks that join each other. */
const GENTLE_ROUNDS = 30;
const MAX_ROUNDS = 500;

const ABORTED = new Error('the signal was aborted');

interface Setting {
  readonly model: Model;
  readonly trace: Trace;
  readonly main: () => Coroutine<string>;
  readonly options: RunOptions;
}

function prepare(program: Block, mode: Mode, abortAfter?: number): Setting {
  const model = new Model({ mayDeadlock: mode === 'alone' });
  const controller = new AbortController();
  const abort = () => controller.abort(ABORTED);
  const it = new Interpreter(model, { abort });
  const trace = new Trace((step) => {
    if (step !== abortAfter) return;
    model.root.requested = true;
    model.log.push(`-- the signal is aborted after step ${step}`);
    abort();
  });
  const main = model.newTask(model.root, undefined);

  function* body(): Coroutine<string> {
    let ending: Ending | undefined;
    model.begin(main);
    try {
      yield* it.execute(main, program);
      ending = returned('main');
      return 'main';
    } catch (error) {
      ending = threw(error);
      throw error;
    } finally {
      model.end(main, ending);
    }
  }

  return {
    model,
    trace,
    main: function* () {
      model.startTime = currentTime();
      const value = yield* mode === 'alone' ? body() : lookedAfter(it, main, body);
      const left = runningTasks();
      if (left.length !== 1) model.break(`C9: ${left.length} tasks are alive when main ends`);
      return value;
    },
    options: {
      instruments: [trace],
      ...(mode === 'alone' ? {} : { signal: controller.signal }),
    },
  };
}

/** Runs the program beside a janitor that nothing in the program can name, cancel or disturb. */
function* lookedAfter(it: Interpreter, main: ModelTask, body: () => Coroutine<string>): Coroutine<string> {
  const { model } = it;
  let ending: Ending = returned(undefined);
  yield* taskGroup(function* (tg) {
    tg.createTask(
      shield(() => janitor(it, main)),
      { name: 'janitor' },
    );
    try {
      ending = returned(yield* body());
    } catch (error) {
      ending = threw(error);
    }
    model.done = true;
  });
  if (ending.kind !== 'value') throw ending.error;
  return 'main';
}

function* janitor(it: Interpreter, main: ModelTask): Coroutine<void> {
  const { model } = it;
  for (let round = 0; !model.done; round++) {
    yield* sleep(PATIENCE);
    if (model.done) return;
    model.observe();
    for (const [channel, line] of model.channels) while (line.length > 0) it.wake(main, channel, false);
    if (round < GENTLE_ROUNDS) continue;
    if (round > MAX_ROUNDS) {
      model.break('the program does not end');
      for (const task of model.tasks) task.handle?.cancel();
      return;
    }
    // Tasks that join each other in a ring: cancelled from above, with every shield taken away.
    for (const scope of model.scopes) {
      if (!scope.entered || scope.left || scope.real === undefined) continue;
      model.shieldToggles++;
      scope.shielded = false;
      scope.real.shield = false;
      model.observe();
    }
    if (!model.root.requested) {
      model.root.requested = true;
      it.surroundings.abort();
    }
    model.observe();
  }
}

/** What must hold when all is over. */
function finish({ model, trace }: Setting, ending: Ending): Report {
  if (model.deadlocked !== (ending.kind === 'error' && ending.error instanceof DeadlockError)) {
    model.break(`L5: the run ended with ${describeEnding(ending)}; deadlocked: ${model.deadlocked}`);
  }
  const main = model.tasks[0];
  if (!model.deadlocked && main?.ending !== undefined) judgeOutcome(model, main.ending, ending);
  if (model.opened !== model.closed) model.break(`C9: ${model.opened} blocks begun, ${model.closed} ended`);
  model.finallyRuns.forEach((runs, number) => {
    if (runs !== 1) model.break(`C8: the finally block of try ${number} ran ${runs} times`);
  });
  for (const task of model.tasks) judgeTask(model, task);
  for (const wait of model.waits) model.break(`C9: ${wait.task.name} ${wait.label} is still parked`);
  for (const [channel, line] of model.channels) {
    if (line.length > 0) model.break(`C9: ${line.length} wait on channel ${channel}`);
  }
  for (const scope of model.scopes) {
    if (!scope.left) model.break(`C9: ${scope.label} was not left`);
    if (scope.cancelled && !scope.cancelledWhenLeft && !scope.requested) {
      model.violate(`C7: ${scope.label} was cancelled by its deadline after it was left`);
    }
  }
  for (const error of model.live.keys()) model.violate(`an error was lost: ${describeEnding(threw(error))}`);
  const violations = [...model.violations, ...judgeTrace(trace.events)];
  return { log: model.log, trace: trace.lines, violations, ending, steps: trace.steps };
}

/** L9: the reason of the signal is the rejection only if main ended with Cancelled; else its own ending stands. */
function judgeOutcome(model: Model, told: Ending, ending: Ending): void {
  if (ending.kind !== 'value' && ending.error !== ABORTED) model.retire(ending.error);
  const right =
    told.kind === 'cancelled'
      ? model.root.requested && ending.kind === 'error' && ending.error === ABORTED
      : told.kind === 'value'
        ? ending.kind === 'value' && ending.value === told.value
        : ending.kind === 'error' && ending.error === told.error;
  if (!right) {
    model.violate(`the run ended with ${describeEnding(ending)}, main with ${describeEnding(told)}`);
  }
}

function judgeTask(model: Model, task: ModelTask): void {
  const { ending, handle, name } = task;
  if (task.begun !== 1 || ending === undefined) {
    model.break(`C9: ${name} began ${task.begun} times, ${describeEnding(ending)}`);
    return;
  }
  if (handle === undefined) return;
  const status = { value: 'finished', cancelled: 'cancelled', error: 'failed' } as const;
  if (handle.status !== status[ending.kind]) {
    model.violate(`G6: ${name} reads ${handle.status}, ended with ${describeEnding(ending)}`);
  } else if (ending.kind === 'value') {
    if (handle.returnValue !== ending.value) model.violate(`G6: ${name}.returnValue`);
    if (handle.exception !== undefined) model.violate(`G6: ${name}.exception`);
  } else if (ending.kind === 'error' && handle.exception !== ending.error) {
    model.violate(`G6: ${name}.exception is not the error of the task`);
  }
}

/** @param abortAfter The number of a step: the run's signal is aborted, from outside of any task, when it is over. */
export function runProgramSync(program: Block, mode: Mode, abortAfter?: number): Report {
  return runProgramBy(runSync, program, mode, abortAfter);
}

/** @param runBy Runs main to its end, as runSync does: a stepper, for one. */
export function runProgramBy(
  runBy: (main: () => Coroutine<string>, options: RunOptions) => string,
  program: Block,
  mode: Mode,
  abortAfter?: number,
): Report {
  const setting = prepare(program, mode, abortAfter);
  let ending: Ending;
  try {
    ending = returned(runBy(setting.main, setting.options));
  } catch (error) {
    ending = threw(error);
  }
  return finish(setting, ending);
}

/** A main that begins with a model of its own each time that it is called. It runs without a signal. */
export function mainOf(program: Block, mode: Mode): () => Coroutine<string> {
  return () => prepare(program, mode).main();
}

export async function runProgram(program: Block, mode: Mode): Promise<Report> {
  const setting = prepare(program, mode);
  let ending: Ending;
  try {
    ending = returned(await run(setting.main, { backend: 'virtual', ...setting.options }));
  } catch (error) {
    ending = threw(error);
  }
  return finish(setting, ending);
}

/** Throws with all that is needed to see what went wrong. */
export function assertSound(report: Report): void {
  if (report.violations.length === 0) return;
  const list = report.violations.map((violation) => `  - ${violation}`).join('\n');
  const log = report.log.map((line) => `  ${line}`).join('\n');
  throw new Error(`the run broke the contract:\n${list}\nthe run, by time and task:\n${log}`);
}
