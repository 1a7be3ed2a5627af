/**
 * The sight of the steppers in this process: the inspector's, where there is one. A coroutine is looked at by itself,
 * when a step has come to rest in it, and a generator function once; for all tasks at once there is `inspectTasks`.
 */
import type { Coroutine } from '../../kernel/effect.js';
import type { Task } from '../../kernel/task.js';
import { delegatesOf, watchDelegationDuring } from '../inspect/delegation.js';
import { examine, releaseHandles, type ScriptPosition } from '../inspect/examine-generators.js';
import { inspectRuns, localSources } from '../inspect/inspect-tasks.js';
import {
  askSync,
  evaluate,
  type Inquiry,
  type Properties,
  propertiesOf,
} from '../inspect/inspector-protocol.js';
import { localInspector } from '../inspect/local-inspector.js';
import { breakableLine } from '../source/breakable-lines.js';
import { loadedSources } from '../source/loaded-sources.js';
import type { SourceLocation } from '../source/source-location.js';
import { isEndOf } from './breakpoints.js';
import type { Sight } from './sight.js';

/** Where the coroutine is put for the inspector to find it. */
const SLOT = Symbol.for('treadle.stepped');
const GET_SLOT = `globalThis[Symbol.for('treadle.stepped')]`;

/** A generator function. */
interface Maker {
  readonly name: string;
  readonly declaration: SourceLocation | undefined;
}

/** Those that were looked at, by the prototype of their objects. */
const makers = new WeakMap<object, Maker>();

/** Puts a question about a coroutine. Undefined where there is no inspector. */
function inquire<T>(coroutine: Coroutine<unknown>, inquiry: (handle: string) => Inquiry<T>): T | undefined {
  const inspector = localInspector();
  if (typeof inspector === 'string') return undefined;
  const slots = globalThis as { [SLOT]?: Coroutine<unknown> };
  slots[SLOT] = coroutine;
  try {
    return askSync(inspector, withHandle(inquiry));
  } finally {
    delete slots[SLOT];
  }
}

function* withHandle<T>(inquiry: (handle: string) => Inquiry<T>): Inquiry<T | undefined> {
  try {
    const { objectId } = yield* evaluate(GET_SLOT);
    return objectId === undefined ? undefined : yield* inquiry(objectId); // undefined: it looks at another context
  } finally {
    yield* releaseHandles();
  }
}

function* position(handle: string): Inquiry<SourceLocation | undefined> {
  const [examined] = yield* examine([handle]);
  return yield* placeOf(examined?.position);
}

function* maker(handle: string): Inquiry<Maker | undefined> {
  const [examined] = yield* examine([handle]);
  if (examined?.fn === undefined) return undefined;
  const [answer] = yield [propertiesOf(examined.fn)];
  const { result, internalProperties = [] } = answer as Properties;
  const name = result.find((property) => property.name === 'name')?.value?.value;
  const declared = internalProperties.find((property) => property.name === '[[FunctionLocation]]');
  const declaration = yield* placeOf(declared?.value?.value as ScriptPosition | undefined);
  return { name: typeof name === 'string' ? name : '', declaration };
}

function* placeOf(at: ScriptPosition | undefined): Inquiry<SourceLocation | undefined> {
  if (at === undefined) return undefined;
  yield* localSources.scripts.learn([at.scriptId]);
  return localSources.locate(at);
}

function makerOf(coroutine: Coroutine<unknown>): Maker {
  const prototype: object = Object.getPrototypeOf(coroutine) as object;
  let found = makers.get(prototype);
  if (found === undefined) {
    found = inquire(coroutine, maker) ?? { name: '', declaration: undefined };
    makers.set(prototype, found);
  }
  return found;
}

/** What was found out; the text of a script does not change once it is loaded. */
const knownLines = new Map<string, ReadonlyMap<string, number>>();

function stoppingLines(end: string, line: number): ReadonlyMap<string, number> {
  const key = `${line} ${end}`;
  const known = knownLines.get(key);
  if (known !== undefined) return known;
  const lines = findStoppingLines(end, line);
  if (lines.size > 0) knownLines.set(key, lines);
  return lines;
}

function findStoppingLines(end: string, line: number): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let refusal: unknown;
  for (const { file, text } of loadedSources((path) => isEndOf(end, path))) {
    try {
      lines.set(file, breakableLine(file, text, line));
    } catch (error) {
      refusal ??= error;
    }
  }
  if (lines.size === 0 && refusal !== undefined) throw refusal;
  return lines;
}

export const INSPECTOR_SIGHT: Sight = {
  delegates: delegatesOf,
  location: (coroutine) => inquire(coroutine, position) ?? makerOf(coroutine).declaration,
  declaration: (coroutine) => makerOf(coroutine).declaration,
  functionName: (coroutine) => makerOf(coroutine).name,
  stoppingLines,
  watching: watchDelegationDuring,
  tasks: (loop, id) =>
    watchDelegationDuring(() =>
      inspectRuns([{ loop, main: loop.main as Task }], { moduleVariables: true }, id),
    ),
};
