/** The motion of time travel: up to a step, and each step on the way must be what it was the first time. */
import type { Motion } from './motions.js';
import type { Step } from './step.js';

/** Until step `index`. `before` holds steps of an earlier execution, in order; perhaps not all of them. */
export function retrace(index: number, before: readonly Step[], motion?: Motion): Motion {
  const first = before[0]?.index ?? 0;
  return {
    ...motion,
    needsPlaces: false,
    stops({ step }) {
      const then = before[step.index - first];
      if (then !== undefined && !isSame(step, then)) throw diverged(then, step);
      return step.index >= index;
    },
  };
}

function isSame(one: Step, other: Step): boolean {
  return (
    one.task.id === other.task.id &&
    one.task.name === other.task.name &&
    one.kind === other.kind &&
    one.function === other.function &&
    one.effect === other.effect &&
    one.time === other.time
  );
}

function diverged(then: Step, now: Step): Error {
  return new Error(
    `going back executes the program anew, and step ${now.index} was not what it had been:\n` +
      `  then: ${inWords(then)}\n  now:  ${inWords(now)}\n` +
      'The program depends on something that lies outside of main and is not set back: a variable of a module, a ' +
      'file, Math.random(), the time of day, or what was done to it between two steps. Make it inside of main.',
  );
}

function inWords(step: Step): string {
  const what = step.kind === 'yielded' ? `yielded ${step.effect ?? 'what is no effect'}` : step.kind;
  const where = step.function === '' ? '' : ` in ${step.function}`;
  return `at ${step.time} ms task ${step.task.name} (#${step.task.id}) ${what}${where}`;
}
