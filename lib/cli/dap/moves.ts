/**
 * The editor's buttons as motions of a stepper. A stepper moves on from the task of its last step; who has clicked on
 * another task means that one, so the run goes on until it has its turn, or for a single step gives it the turn now.
 */
import type { Step } from '../../debug/stepper/step.js';
import type { AsyncStepper, Stepper } from '../../debug/stepper/stepper-contract.js';

export type AnyStepper = Stepper<unknown> | AsyncStepper<unknown>;

/** Begins a motion. Undefined: the run has ended, or the motion was interrupted. */
export type Motion = (stepper: AnyStepper) => Step | undefined | Promise<Step | undefined>;

export interface Motions {
  readonly begin: Motion;
  /** Takes it up again after an interruption on the way. */
  readonly resume: Motion;
}

const resume: Motion = (stepper) => stepper.resume();

export const ON: Motions = { begin: (stepper) => stepper.continue(), resume };

/** One step, of whoever's turn it is; there is nothing to resume, for it is over or has not been taken. */
const STEP: Motions = { begin: (stepper) => stepper.step(), resume: (stepper) => stepper.step() };

/** @param depth How many coroutines of the task are below the one that it stands in. */
export function motionsFor(
  move: 'next' | 'stepIn' | 'stepOut',
  stepper: AnyStepper,
  taskId: number,
  depth: number,
): Motions {
  const { last } = stepper;
  const isLast = last === undefined || last.task.id === taskId;
  if (move === 'stepIn') return isLast ? STEP : stepOf(taskId);
  if (!isLast) return until(move === 'next' ? over(taskId, depth) : out(taskId, depth));
  return move === 'next'
    ? { begin: (one) => one.stepOver(), resume }
    : { begin: (one) => one.stepOut(), resume };
}

function until(condition: (step: Step) => boolean): Motions {
  return { begin: (stepper) => stepper.runUntil(condition), resume };
}

/** Gives this task the turn if it is ready, else goes on until it has it. */
function stepOf(taskId: number): Motions {
  const own = until(({ task }) => task.id === taskId);
  return {
    async begin(stepper) {
      const task = stepper.ready.find(({ id }) => id === taskId);
      if (task === undefined) return own.begin(stepper);
      try {
        return await stepper.stepTask(task);
      } catch (error) {
        // Another one is in the middle of its turn, which is taken to its end first.
        if (/is in the middle of its turn/.test((error as Error).message)) return own.begin(stepper);
        throw error;
      }
    },
    resume,
  };
}

/** As `stepOver` of a stepper, for a task that has not moved last. */
function over(taskId: number, depth: number): (step: Step) => boolean {
  return (step) =>
    step.task.id === taskId && ((step.kind === 'yielded' && step.depth <= depth) || hasEnded(step, taskId));
}

function out(taskId: number, depth: number): (step: Step) => boolean {
  return (step) =>
    step.task.id === taskId &&
    (hasEnded(step, taskId) || step.depth < depth || (step.kind !== 'yielded' && step.depth <= depth));
}

function hasEnded({ ended }: Step, taskId: number): boolean {
  return ended.some(({ id }) => id === taskId);
}
