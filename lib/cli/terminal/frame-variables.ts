/** The variables that an expression sees. */
import { evaluable, visible } from '../dap/values.js';
import { InputError } from '../input-error.js';
import type { Session } from './session.js';

/** Those of the frame, if one is shown; and by the names of the debugger what the last step was. */
export function variablesOf(session: Session): Map<string, unknown> {
  const variables = new Map<string, unknown>();
  try {
    for (const [name, { value }] of visible(evaluable(session.frame))) variables.set(name, value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error; // the task has ended: there are only those of the step
  }
  const last = session.hasRun ? session.run.stepper.last : undefined;
  const own = { $value: last?.value, $resumed: last?.resumed.value, $: session.lastValue };
  for (const [name, value] of Object.entries(own)) if (!variables.has(name)) variables.set(name, value);
  return variables;
}
