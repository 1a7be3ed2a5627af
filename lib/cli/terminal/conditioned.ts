/** Breakpoints that hold only if an expression over the variables of the frame is true. */
import type { BreakpointConditions } from '../../debug/stepper/breakpoint.js';
import type { Step } from '../../debug/stepper/step.js';
import { evaluate, wordsOf } from './evaluate.js';
import { variablesOf } from './frame-variables.js';
import type { TypedBreakpoint } from './parse-breakpoint.js';
import type { Session } from './session.js';

/** The breakpoint, with the condition behind its `if` as the last one that is asked. */
export function conditioned(session: Session, typed: TypedBreakpoint): TypedBreakpoint {
  const { condition, breakpoint } = typed;
  if (condition === undefined) return typed;
  const whole: BreakpointConditions = {
    ...breakpoint,
    when: (step) => isTrue(session, condition, step, whole),
  };
  return { ...typed, breakpoint: whole };
}

/** Where it cannot be told the program stops, too. */
function isTrue(session: Session, condition: string, step: Step, breakpoint: BreakpointConditions): boolean {
  session.choose(session.program.runs.live.find(({ stepper }) => stepper.last === step) ?? session.run);
  session.chooseFrameOf(breakpoint);
  const variables = variablesOf(session);
  try {
    return Boolean(evaluate(condition, variables));
  } catch (error) {
    session.say(session.paint('red', `the condition ${condition}: ${wordsOf(error, variables.keys())}`));
    return true;
  } finally {
    session.refresh();
  }
}
