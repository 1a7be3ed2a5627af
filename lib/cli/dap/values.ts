/**
 * The values of a program that stands still, wherever they are: in this process, when the program runs under a
 * stepper in it, or in another one at the far end of an inspector. Both have a *desk* there, an object under a key of
 * the global object, on which the explorer lies and what it is asked about.
 *
 * Expressions are evaluated by the inspector over copies of a frame's variables: constants, so that whoever tries to
 * assign one is told that it cannot be done. An expression that an editor evaluates by itself (the pointer rests on
 * a word, a line of the watch list) must change nothing: the engine stops it before it does. One that takes too long
 * is stopped, too.
 */
import { releaseHandles } from '../../debug/inspect/examine-generators.js';
import {
  type AsyncInspector,
  callOn,
  evaluate,
  type Inquiry,
  type RemoteObject,
} from '../../debug/inspect/inspector-protocol.js';
import { findPrivateFields } from '../../debug/inspect/private-fields.js';
import type { FrameSnapshot, Variable } from '../../debug/inspect/task-snapshot.js';
import { overVariables } from '../over-variables.js';
import type { Explorer, Range, Shown, ShownProperty } from './explorer.js';
import { RequestError } from './request-error.js';

export interface Values {
  show(variables: readonly Variable[]): Promise<readonly Shown[]>;
  properties(reference: number, range: Range): Promise<readonly ShownProperty[] | undefined>;
  /**
   * @param mayChange Whether the expression may have side effects.
   * @throws RequestError with what the expression threw.
   */
  evaluate(expression: string, variables: readonly Variable[], mayChange: boolean): Promise<Shown>;
}

export interface Desk {
  readonly explorer: Explorer;
  /** The variables over which an expression is evaluated. */
  locals?: Readonly<Record<string, unknown>>;
}

/** The key of the desk. No symbol: to look one up counts as a side effect. */
export const DESK_KEY = 'desk of treadle dap';
const DESK = `globalThis['${DESK_KEY}']`;

/** Milliseconds that an expression may take. */
const PATIENCE = 1000;
const GROUP = 'treadle-dap';
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const NO_NAMES: readonly string[] = ['eval', 'arguments'];

/** The variables that an expression in a frame may name, from the innermost outwards. */
export function evaluable(frame: FrameSnapshot | undefined): readonly Variable[] {
  return [...(frame?.locals ?? []), ...(frame?.moduleVariables ?? [])];
}

/** The variables that an expression sees, by their names: an inner one hides an outer one. */
export function visible(variables: readonly Variable[]): ReadonlyMap<string, Variable> {
  const seen = new Map<string, Variable>();
  for (const variable of variables) {
    const { name, text } = variable;
    if (seen.has(name) || !NAME.test(name) || NO_NAMES.includes(name)) continue;
    if ('value' in variable && text !== 'uninitialized') seen.set(name, variable);
  }
  return seen;
}

interface Evaluated {
  readonly result: RemoteObject;
  readonly exceptionDetails?: { readonly text: string; readonly exception?: RemoteObject };
}

/** Evaluates an expression over the locals that lie on the desk. */
export async function evaluateOnDesk(
  inspector: AsyncInspector,
  expression: string,
  names: Iterable<string>,
  mayChange: boolean,
): Promise<Shown> {
  if (expression.trim() === '') throw new RequestError('There is no expression to evaluate.');
  const text = overVariables(expression, names, `${DESK}.locals`);
  try {
    const { result } = await post(inspector, 'Runtime.evaluate', {
      expression: text,
      throwOnSideEffect: !mayChange,
      timeout: PATIENCE,
    });
    const { objectId, unserializableValue, value } = result;
    const argument =
      objectId !== undefined
        ? { objectId }
        : unserializableValue !== undefined
          ? { unserializableValue }
          : result.type === 'undefined'
            ? {}
            : { value };
    return await callOnDesk<Shown>(
      inspector,
      'function (value) { return this.explorer.show(value); }',
      argument,
    );
  } finally {
    await inspector.post('Runtime.releaseObjectGroup', { objectGroup: GROUP }).catch(() => {});
  }
}

/** The private fields of a value that the explorer has given a reference to: they come behind its properties. */
export function* privateFieldsOnDesk(
  reference: number,
  { filter, start = 0 }: Range,
): Inquiry<ShownProperty[]> {
  if (filter === 'indexed' || start > 0) return [];
  try {
    const { objectId: desk } = yield* evaluate(DESK);
    if (desk === undefined) return [];
    const get = 'function (reference) { return this.explorer.withPrivateFields(reference); }';
    const { objectId } = yield* callOn(desk, get, [{ value: reference }], false);
    if (objectId === undefined) return [];
    const fields = yield* findPrivateFields(objectId);
    const show = 'function (...values) { return values.map((value) => this.explorer.show(value)); }';
    const args = fields.map(({ argument }) => argument);
    const { value: shown } = yield* callOn(desk, show, args);
    return fields.map(({ name, isGetter }, at) =>
      isGetter
        ? { name, text: '(…) a getter', type: '', reference: 0, named: 0, indexed: 0 }
        : { name, ...((shown as Shown[])[at] as Shown) },
    );
  } finally {
    yield* releaseHandles();
  }
}

/** Calls a function, given as text, with the desk as `this`. What it gives comes as JSON has it. */
export async function callOnDesk<T>(
  inspector: AsyncInspector,
  functionDeclaration: string,
  ...args: readonly object[]
): Promise<T> {
  const desk = await post(inspector, 'Runtime.evaluate', { expression: DESK });
  const { objectId } = desk.result;
  if (objectId === undefined) throw new RequestError('The program has moved on.');
  const { result } = await post(inspector, 'Runtime.callFunctionOn', {
    objectId,
    functionDeclaration,
    arguments: args,
    returnByValue: true,
  });
  return result.value as T;
}

async function post(inspector: AsyncInspector, method: string, params: object): Promise<Evaluated> {
  let answer: Evaluated;
  try {
    answer = (await inspector.post(method, { ...params, silent: true, objectGroup: GROUP })) as Evaluated;
  } catch (error) {
    const { message } = error as Error;
    if (!/terminated|Internal error/i.test(message)) throw error;
    throw new RequestError(`The expression was stopped: it took longer than ${PATIENCE} ms.`);
  }
  const { exceptionDetails } = answer;
  if (exceptionDetails === undefined) return answer;
  throw new RequestError(inWords(exceptionDetails));
}

function inWords({ text, exception }: NonNullable<Evaluated['exceptionDetails']>): string {
  const thrown = exception?.description ?? String(exception?.value ?? text);
  if (/^SyntaxError: Private field/.test(thrown)) {
    return 'No code outside of its class can name a private field: unfold the object to see it.';
  }
  if (/Possible side-effect/.test(thrown)) {
    return 'This would perhaps change something. Evaluate it in the debug console to do it all the same.';
  }
  if (/^TypeError: Assignment to constant variable/.test(thrown)) {
    return 'The variables of a task cannot be set from here; what they refer to can be changed.';
  }
  return thrown.replace(/\n {4}at [\s\S]*$/, '');
}
