/** Why a program stops after a step, in the words of the protocol; or why it goes on, though a breakpoint holds. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { TaskSnapshot, Variable } from '../../debug/inspect/task-snapshot.js';
import type { Step } from '../../debug/stepper/step.js';
import { frameOfBreakpoint } from '../frame-of-breakpoint.js';
import { type Entry, isHit } from './breakpoint-table.js';
import type { Tell } from './debuggee.js';
import { exceptionInfo, headOf } from './exception-info.js';
import { LocalValues } from './local-values.js';
import type { AnyStepper } from './moves.js';
import { evaluable } from './values.js';

export interface Stop {
  readonly body: DebugProtocol.StoppedEvent['body'] & { readonly threadId: number };
  /** If it is because of an error, or of a cancellation. */
  readonly info?: DebugProtocol.ExceptionInfoResponse['body'];
}

/** What is asked of the run that has taken the step. */
export interface Steppable {
  /** What is added to the ids of its tasks. */
  readonly base: number;
  readonly stepper: Pick<AnyStepper, 'tasks' | 'breakpoints'>;
}

/** @param entries The breakpoints that hold; none: the motion is over. Undefined: the run is to go on. */
export async function stopAfter(
  step: Step,
  entries: readonly Entry[],
  run: Steppable,
  tell: Tell,
): Promise<Stop | undefined> {
  const threadId = run.base + step.task.id;
  if (entries.length === 0) return { body: { reason: 'step', threadId } };
  const stops: Stop[] = [];
  for (const entry of entries) {
    const stop = await stopAt(step, entry, run, tell);
    if (stop !== undefined) stops.push(stop);
  }
  const stop = stops.find(({ info }) => info !== undefined) ?? stops[0];
  const hitBreakpointIds = stops.flatMap(({ body }) => body.hitBreakpointIds ?? []);
  if (stop === undefined || hitBreakpointIds.length === 0) return stop;
  return { ...stop, body: { ...stop.body, hitBreakpointIds } };
}

async function stopAt(step: Step, entry: Entry, run: Steppable, tell: Tell): Promise<Stop | undefined> {
  if (entry.reason === 'exception') return stopForException(step, entry, run);
  const { reason, wanted } = entry;
  const { id, condition = '', hitCondition, logMessage = '' } = wanted ?? { id: 0 };
  const body = { reason, threadId: run.base + step.task.id, hitBreakpointIds: [id] };
  using values = new LocalValues();
  if (condition.trim() !== '') {
    try {
      const { text } = await values.evaluate(`Boolean(${condition}\n)`, localsOf(step, entry, run), true);
      if (text !== 'true') return undefined;
    } catch (error) {
      const text = `The condition of the breakpoint cannot be evaluated: ${(error as Error).message}`;
      tell({ event: 'output', category: 'important', output: `${text}\n` });
      return { body: { ...body, text } };
    }
  }
  if (!isHit(hitCondition, ++entry.hits)) return undefined;
  if (logMessage === '') return { body };
  const output = `${await filledIn(logMessage, values, localsOf(step, entry, run))}\n`;
  tell({ event: 'output', category: 'console', output });
  return undefined;
}

function localsOf({ task }: Step, { breakpoint }: Entry, { stepper }: Steppable): readonly Variable[] {
  const { frames = [] } = stepper.tasks(task.id)[0] ?? {};
  return evaluable(frameOfBreakpoint(frames, breakpoint, stepper.breakpoints.lineOf(breakpoint)));
}

/** A message with the {expressions} in it evaluated. */
async function filledIn(message: string, values: LocalValues, locals: readonly Variable[]): Promise<string> {
  let text = '';
  let end = 0;
  for (const { 0: whole, 1: expression = '', index } of message.matchAll(/\{([^{}]+)\}/g)) {
    text += message.slice(end, index);
    end = index + whole.length;
    try {
      text += (await values.evaluate(expression, locals, true)).text;
    } catch (error) {
      text += `{${(error as Error).message}}`;
    }
  }
  return text + message.slice(end);
}

function stopForException(step: Step, { filter, reason }: Entry, { base, stepper }: Steppable): Stop {
  if (filter !== 'cancelled') {
    const endsTask = step.ended.some(({ id }) => id === step.task.id);
    return {
      body: {
        reason,
        threadId: base + step.task.id,
        description: 'Paused on error',
        text: headOf(step.value),
      },
      info: exceptionInfo(step.value, endsTask),
    };
  }
  // One whose own group was cancelled is told too, but goes on by itself: who waits elsewhere is of more interest.
  const others = step.cancelled.filter((task) => task.id !== step.task.id);
  const { id, name } = others[0] ?? step.task;
  const why = whyCancelled(id, stepper.tasks());
  const description = `a cancellation reaches task ${name} #${id}${why === undefined ? '' : `: ${why}`}`;
  return {
    body: { reason, threadId: base + id, description: 'Paused on cancellation', text: description },
    info: { exceptionId: 'Cancelled', description, breakMode: 'always' },
  };
}

/** Of the scope that was cancelled: one of the task's own, or one around it, in which a parent stands. */
function whyCancelled(id: number, tasks: readonly TaskSnapshot[]): string | undefined {
  const task = tasks.find((one) => one.id === id);
  if (task === undefined) return undefined;
  const cancelled = task.scopes.find(({ cancelCalled }) => cancelCalled);
  if (cancelled !== undefined) return cancelled.why;
  return task.parentId === undefined ? undefined : whyCancelled(task.parentId, tasks);
}
