/**
 * The value of an expression over the variables of a frame. They are copies: what a variable refers to can be
 * changed, the variable itself cannot. An expression that does not come to an end is stopped.
 */
import { inspect } from 'node:util';
import { Script } from 'node:vm';
import { overVariables } from '../over-variables.js';

/** Milliseconds that an expression may take. */
const PATIENCE = 1000;
/** Lines that a value may take before less of its insides is shown. */
const LINES = 40;
const WIDTH = 100;
const DEEPEST = 3;
/** Variables that are named to who has named another one: those of the frame come first. */
const NAMED = 12;
const FILE = 'expression';

/** Where the variables lie while an expression is evaluated. */
const SLOT = Symbol.for('treadle.variables');
const VARIABLES = `globalThis[Symbol.for('treadle.variables')]`;

/** @throws SyntaxError, or whatever the expression throws. */
export function evaluate(expression: string, variables: ReadonlyMap<string, unknown>): unknown {
  const script = compile(expression, [...variables.keys()]);
  const slots = globalThis as { [SLOT]?: object };
  slots[SLOT] = Object.fromEntries(variables);
  try {
    return script.runInThisContext({ timeout: PATIENCE }) as unknown;
  } finally {
    delete slots[SLOT];
  }
}

/** @throws SyntaxError if it is no expression. */
export function compile(expression: string, names: readonly string[] = []): Script {
  return new Script(overVariables(expression, names, VARIABLES), { filename: FILE });
}

/** What an expression has thrown, in a line. `names` are the variables of the frame. */
export function wordsOf(error: unknown, names: Iterable<string>): string {
  const { name, message, code } = errorLike(error);
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return `it was stopped after ${PATIENCE} ms`;
  if (/^Assignment to constant variable/.test(message)) {
    return 'the variables of a frame cannot be set from here; what they refer to can be changed';
  }
  const [, missing] = /^(\S+) is not defined$/.exec(message) ?? [];
  const all = [...names].filter((one) => !one.startsWith('$'));
  if (name !== 'ReferenceError' || missing === undefined) return `${name}: ${message}`;
  const named = all.slice(0, NAMED).join(', ') + (all.length > NAMED ? ', …' : '');
  return `${name}: ${message} here: ${all.length === 0 ? 'no variables are shown' : `there is ${named}`}`;
}

function errorLike(error: unknown): { name: string; message: string; code?: unknown } {
  try {
    if (error instanceof Error) return error;
    return { name: 'it threw', message: inspect(error, { depth: 0, customInspect: false }) };
  } catch {
    return { name: 'it threw', message: 'what cannot be shown' };
  }
}

/** A value, as much of it as a screen takes. No code of the program is run for it. */
export function showValue(value: unknown, colors: boolean): string {
  for (let depth = DEEPEST; ; depth--) {
    let text: string;
    try {
      text = inspect(value, {
        depth,
        colors,
        customInspect: false,
        breakLength: WIDTH,
        maxStringLength: 2000,
      });
    } catch {
      return 'a value that cannot be shown';
    }
    if (depth === 0 || text.split('\n').length <= LINES) return text;
  }
}
