/** The commands that move the program: forward, to a breakpoint, and back. */
import type { BreakpointConditions } from '../../debug/stepper/breakpoint.js';
import type { Step } from '../../debug/stepper/step.js';
import { InputError } from '../input-error.js';
import { noteOf, refusalOf } from './breakpoint-list.js';
import { type Command, parseCount } from './command.js';
import { conditioned } from './conditioned.js';
import { type DebuggedRun, type Motion, ON, OUT, OVER, single } from './debugged-run.js';
import { parseBreakpoint } from './parse-breakpoint.js';
import type { Stop, Style } from './run-set.js';
import type { Session } from './session.js';
import { describeStep } from './step-words.js';

const ONE = single((stepper) => stepper.step());

/** Tells where the program has come to a stop. */
function tell(session: Session, stop: Stop): void {
  const { program } = session;
  const run =
    stop.run === undefined || (stop.run.isDone && program.runs.live.length > 0)
      ? program.runs.live.at(-1)
      : stop.run;
  const before = session.hasRun ? session.run : undefined;
  session.choose(run ?? before);
  if (stop.why === 'stepped') {
    session.say(describeStep(stop.step, stop.run.begin, session.paint));
    session.showPlace();
    return;
  }
  if (stop.why === 'refused') throw new InputError(messageOf(stop.error));
  if (stop.why === 'interrupted') {
    session.say('interrupted');
    const last = session.hasRun && !session.run.isDone ? session.run.stepper.last : undefined;
    if (last !== undefined) session.say(describeStep(last, session.run.begin, session.paint));
  }
  if (stop.why === 'stalled') {
    session.say(STALLED);
  }
  if (stop.why === 'waiting') {
    session.say(
      `${before?.name ?? 'the run'} waits for something outside of it; ${session.run.name} is shown now (continue moves all runs)`,
    );
  }
  if (stop.why === 'ended') {
    if (program.runs.live.length > 0 && run !== undefined) session.say(`${titleOf(run)} is shown now`);
    else if (stop.run === undefined) session.say('the program is over: no run is alive, and none will begin');
    return;
  }
  if (session.hasRun && !session.run.isDone) session.showPlace();
}

const STALLED =
  'nothing in the process will wake a task any more, but for a signal perhaps: tasks shows the waits';

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function titleOf(run: DebuggedRun): string {
  return `run ${run.number} (${run.name})`;
}

async function move(session: Session, motion: Motion, style: Style, others: Motion = ON): Promise<Stop> {
  const live = liveRun(session);
  const stop = await session.program.runs.move(live, motion, style, others);
  tell(session, stop);
  return stop;
}

/** The run that is to be moved. */
function liveRun({ run }: Session): DebuggedRun {
  if (!run.isDone) return run;
  const instead =
    run.timeTravel === undefined ? 'restart begins anew' : 'back goes back, restart begins anew';
  throw new InputError(`${run.name} has ended: ${instead}`);
}

async function step(session: Session, rest: string): Promise<void> {
  if (rest === '' || /^\d+$/.test(rest)) {
    let count = parseCount(rest, 1, 'step COUNT');
    if (count === 0) throw new InputError('a step at least: step COUNT');
    const before = liveRun(session);
    // All but the last are told in a line.
    while (--count > 0) {
      const stop = await session.program.runs.move(before, ONE, 'alone');
      if (stop.why !== 'stepped') {
        tell(session, stop);
        return;
      }
      session.say(describeStep(stop.step, before.begin, session.paint));
    }
    await move(session, ONE, 'alone');
    return;
  }
  const task = session.findTask(rest);
  const info = liveRun(session).stepper.ready.find(({ id }) => id === task.id) ?? task;
  await move(
    session,
    single((stepper) => stepper.stepTask(info)),
    'alone',
  );
}

async function until(session: Session, rest: string): Promise<void> {
  const [, time] = /^(\d+(?:\.\d+)?)\s*ms$/.exec(rest) ?? [];
  if (time !== undefined) {
    const { begin } = session.run;
    await moveUntil(session, (one) => one.time - begin >= Number(time));
    return;
  }
  const { breakpoint } = conditioned(session, parseBreakpoint(rest, session.location?.file));
  const note = noteOf({ breakpoint }, session.run.stepper.breakpoints);
  if (note !== '' && !note.startsWith('line')) session.say(session.paint('dim', note));
  await moveUntil(session, breakpoint);
}

async function moveUntil(
  session: Session,
  breakpoint: Parameters<DebuggedRun['stepper']['runUntil']>[0],
): Promise<void> {
  const motion: Motion = {
    begin: (stepper) => stepper.runUntil(breakpoint),
    resume: (stepper) => stepper.resume(),
  };
  const run = liveRun(session);
  try {
    // What cannot hold anywhere is refused before the program moves.
    if (typeof breakpoint !== 'function') {
      run.stepper.breakpoints.add(breakpoint);
      run.stepper.breakpoints.delete(breakpoint);
    }
  } catch (error) {
    throw new InputError(refusalOf(error, breakpoint as BreakpointConditions));
  }
  await move(session, motion, 'through', motion);
}

/** Goes to the moment after a step. Going back, the program does what it has done before: it says nothing new. */
async function goTo(session: Session, index: number): Promise<void> {
  const { run, output } = session;
  const { timeTravel } = run;
  if (timeTravel === undefined) {
    throw new InputError(
      `${run.name} is on a real backend and cannot go back: time has passed, and what was sent is sent. ` +
        'treadle debug --backend virtual FILE steps it on the virtual clock',
    );
  }
  const count = timeTravel.last?.index ?? 0;
  let refusal: unknown;
  output.isMuted = index < count;
  try {
    const came = await session.program.runs.goTo(run, index);
    if (came !== 'there') session.say(came === 'stalled' ? STALLED : came);
  } catch (error) {
    refusal = error;
  } finally {
    output.isMuted = false;
  }
  session.choose(run);
  if (refusal !== undefined) {
    const text = messageOf(refusal);
    if (!(refusal instanceof RangeError)) showMoment(session, timeTravel.last);
    throw new InputError(text);
  }
  showMoment(session, timeTravel.last);
}

function showMoment(session: Session, last: Step | undefined): void {
  const { run } = session;
  const { begin } = run;
  session.say(
    last === undefined
      ? `${run.name} stands before its first step`
      : describeStep(last, begin, session.paint),
  );
  if (run.isDone) session.showEnd(run);
  else session.showPlace();
}

async function back(session: Session, rest: string): Promise<void> {
  const count = session.run.stepper.last?.index ?? 0;
  const n = parseCount(rest, 1, 'back COUNT');
  if (n > count && session.run.timeTravel !== undefined) {
    throw new InputError(
      count === 0
        ? `${session.run.name} stands at its beginning`
        : `cannot go back by ${n} steps: ${count} have been taken, and goto 0 is the beginning`,
    );
  }
  await goTo(session, count - n);
}

async function restart(session: Session): Promise<void> {
  if (session.run.timeTravel !== undefined) {
    await goTo(session, 0);
    return;
  }
  await session.program.restart();
  session.output.release(); // nobody hears how the runs have ended that were cancelled
  const [first] = session.program.runs.live;
  if (first !== undefined) {
    session.choose(first);
    session.showPlace();
  }
}

async function go(session: Session): Promise<void> {
  const { program } = session;
  const run = session.hasRun && !session.run.isDone ? session.run : program.runs.live[0];
  if (run === undefined && program.runs.isOver) {
    liveRun(session);
    return;
  }
  tell(session, await program.runs.move(run, ON, 'through'));
}

export const MOTIONS: readonly Command[] = [
  {
    name: 'step',
    aliases: ['s'],
    usage: 'step [COUNT | #ID | NAME]',
    summary: 'resume one coroutine until it yields, returns or throws',
    details: 'With a task, by its number or name: that one, out of its turn; it must be ready.',
    isRepeated: true,
    complete: ({ run }) => run.stepper.ready.map(({ name }) => name),
    carryOut: step,
  },
  {
    name: 'next',
    aliases: ['n'],
    usage: 'next',
    summary: 'go on until the task of the last step yields again, over what it calls and over other tasks',
    isRepeated: true,
    carryOut: async (session) => void (await move(session, OVER, 'together')),
  },
  {
    name: 'out',
    aliases: ['o', 'finish'],
    usage: 'out',
    summary: 'go on until the coroutine of the last step has ended',
    isRepeated: true,
    carryOut: async (session) => void (await move(session, OUT, 'together')),
  },
  {
    name: 'continue',
    aliases: ['c'],
    usage: 'continue',
    summary: 'go on to the next breakpoint, or to the end of the program',
    isRepeated: true,
    carryOut: go,
  },
  {
    name: 'until',
    aliases: ['u'],
    usage: 'until BREAKPOINT | TIME ms',
    summary: 'go on until a breakpoint holds that is not set: until worker, until 500 ms',
    isRepeated: true,
    carryOut: until,
  },
  {
    name: 'back',
    aliases: ['b'],
    usage: 'back [COUNT]',
    summary: 'go back by a step, or several; on the virtual clock only',
    details:
      'The program is executed anew up to there, exactly as before; what it writes on the way is not shown again.\n' +
      'What lies outside of main (variables of a module, files, Math.random) is not set back; runs that it had begun\n' +
      'since are cancelled and forgotten.',
    isRepeated: true,
    carryOut: back,
  },
  {
    name: 'goto',
    aliases: ['g'],
    usage: 'goto STEP',
    summary: 'go to the moment after a step, back or forward; on the virtual clock only',
    carryOut: async (session, rest) => {
      if (rest === '')
        throw new InputError('to which step? goto STEP; trace lists them, and 0 is the beginning');
      await goTo(session, parseCount(rest, 0, 'goto STEP'));
    },
  },
  {
    name: 'restart',
    aliases: [],
    usage: 'restart',
    summary: 'begin anew; the breakpoints stay',
    details:
      'A run on the virtual clock goes back to its beginning. Else all runs are cancelled, and the file is loaded ' +
      'again, but not the modules that it imports.',
    carryOut: restart,
  },
];
