/**
 * The value of an expression over the variables of a frame. They are copies: what a variable refers to can be
 * changed, the variable itself cannot. An expression that does not come to an end is stopped.
 */
import { inspect, types } from 'node:util';
import { Script } from 'node:vm';
import { privateFieldsOf } from '../../debug/inspect/private-fields.js';
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
  const withdraw = offerPrivateFields(expression);
  try {
    return script.runInThisContext({ timeout: PATIENCE }) as unknown;
  } finally {
    withdraw();
    delete slots[SLOT];
  }
}

/** @throws SyntaxError if it is no expression. */
export function compile(expression: string, names: readonly string[] = []): Script {
  try {
    return new Script(overVariables(expression, names, VARIABLES), { filename: FILE });
  } catch (error) {
    const named = asProperties(expression);
    if (named === expression) throw error;
    return new Script(overVariables(named, names, VARIABLES), { filename: FILE });
  }
}

const PRIVATE = /(\?)?\.\s*(#[\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;

/** No code outside of a class may name its private fields, so they are asked for as properties: `this["#pool"].size`. */
function asProperties(expression: string): string {
  return expression.replace(PRIVATE, (_, optional = '', name) => `${optional && '?.'}["${name}"]`);
}

/** Lets every object have, for now, those properties. */
function offerPrivateFields(expression: string): () => void {
  const names = [...expression.matchAll(PRIVATE)].map(([, , name]) => name as string);
  for (const name of names) {
    const get = function (this: object): unknown {
      const field = privateFieldsOf(this).findLast((one) => one.name === name);
      if (field === undefined) throw new TypeError(`there is no private field ${name} here`);
      return field.isGetter ? (field.value as () => unknown).call(this) : field.value;
    };
    Object.defineProperty(Object.prototype, name, { get, configurable: true });
  }
  return () => {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name);
  };
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

/** A value, as much of it as a screen takes, and its private fields. No code of the program is run for it. */
export function showValue(value: unknown, colors: boolean): string {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return showPublic(value, colors);
  const lines = privateFieldsOf(value).map(
    (field) => `${field.name}: ${field.isGetter ? '(…) a getter' : showPublic(field.value, colors)}`,
  );
  return [showPublic(value, colors), ...lines].join('\n');
}

function showPublic(value: unknown, colors: boolean): string {
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
