/**
 * One look at all tasks of a process: from the walk over its runs to snapshots with source lines and variables.
 *
 *     collectTasks (in the process itself)      what JavaScript can tell, and the generators, kept in a `holder`
 *       ▼
 *     findDelegates                             generators hidden in native yield*, if they are wanted
 *       ▼
 *     examine, in batches, until time is up     where each is suspended
 *       ▼
 *     declarations, scripts, source maps        places in the source
 *       ▼
 *     variables, in batches                     put into words by code in the process itself
 *
 * All of it is an inquiry: the process may be this one or another. Tasks are taken in an order that gives each
 * distinct stack its turn early, so that when the time is up, what is left out are tasks like others that are shown.
 */

import { isEngineFile } from '../../base/stack-text.js';
import type { Sources } from '../source/sources.js';
import type { CollectedTask, Told } from './collect-tasks.js';
import type { DescribedVariable } from './describe-value.js';
import {
  BATCH,
  declarationsOf,
  type Examined,
  elementsOf,
  examine,
  isSamePosition,
  type ScriptPosition,
} from './examine-generators.js';
import { type Delegations, findDelegates } from './heap-links.js';
import { callOn, type Inquiry, markInquiries } from './inspector-protocol.js';
import type { FoundFrame, FoundVariables, TaskFindings } from './make-snapshots.js';
import type { FrameSnapshot } from './task-snapshot.js';

export interface InspectOptions {
  /**
   * Local variables with their values; a number: of so many tasks for each distinct stack of functions. Default true.
   */
  readonly locals?: boolean | number;
  /**
   * Whether to search the heap for frames hidden in native `yield*`, when nobody has watched for them: see
   * `watchDelegation`. Default: true, unless somebody watches.
   */
  readonly hiddenFrames?: boolean;
  /** The heap is not searched if it is larger than this; default 50. */
  readonly heapLimitMB?: number;
  /** Milliseconds after which no more source lines and variables are looked up; default 1500. */
  readonly timeLimitMs?: number;
}

/** What a debugger asks besides. */
export interface LookOptions extends InspectOptions {
  /** The variables of modules too: once for all frames that are in one. Default false. */
  readonly moduleVariables?: boolean;
  /** A task really is in the middle of a step: one under a stepper may say so while it stands. Default true. */
  readonly isInStep?: boolean;
}

export const DEFAULT_HEAP_LIMIT_MB = 50;
export const DEFAULT_TIME_LIMIT_MS = 1500;

/** Fetches variables of a batch: their words, and, in this process, their values. */
const VARIABLES = `function (which, count, ...handles) {
  const { describer, values } = this;
  const lists = handles.slice(0, count);
  const receivers = handles.slice(count);
  if (values === undefined) return describer[which](lists, undefined, receivers);
  const first = values.length;
  for (const _ of lists) values.push([]);
  return describer[which](lists, (list, variable, value) => {
    values[first + list][variable] = { value };
  }, receivers);
}`;

/** The engine's files, in a process that has its own copy. */
const OF_ANOTHER_COPY = /[\\/]treadle[\\/](dist|lib)[\\/]/;

const FUNCTION_NAMES = 'function (...functions) { return this.describer.functionNames(functions); }';

/** A value that was kept; a holder has a list of them for each frame whose variables were fetched, in this order. */
export interface KeptValue {
  readonly value: unknown;
}

/** A generator on the stack of a task: the task's own, or one that it has delegated to. */
interface Spot {
  readonly handle: string;
  /** As the engine knows it. */
  readonly label: string | undefined;
  readonly entered: FrameSnapshot['entered'];
  examined: Examined | undefined;
  /** Of its function. */
  name: string;
  variables: readonly DescribedVariable[];
  /** Where its values are, in the holder's list. */
  valuesAt: number | undefined;
}

export class Inspection {
  private readonly holderId: string;
  private readonly text: string;
  private readonly sources: Sources;
  private readonly options: LookOptions;
  private readonly timeLimitMs: number;
  private end: number;
  private readonly missing: string[] = [];
  private fetched = 0;
  /** The variables of modules, by their scripts. */
  private readonly modules = new Map<string, FoundVariables>();
  /** What the walk over the tasks tells; after `run`. */
  told: Told = { tasks: [], functions: [], stack: [] };

  constructor(holderId: string, text: string, sources: Sources, options: LookOptions) {
    this.holderId = holderId;
    this.text = text;
    this.sources = sources;
    this.options = options;
    this.timeLimitMs = options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
    this.end = performance.now() + this.timeLimitMs;
  }

  static {
    // Those that go on while generators are looked for.
    markInquiries(Inspection.prototype.run, Inspection.prototype.hiddenFrames);
  }

  /** What was found of each task. */
  *run(): Inquiry<TaskFindings[]> {
    const hidden = yield* this.hiddenFrames();
    this.told = JSON.parse(this.text) as Told;
    const array = yield* callOn(this.holderId, 'function () { return this.generators; }', [], false);
    const handles = yield* elementsOf(array.objectId as string);
    const stacks = this.stacksOf(handles, hidden);
    // However long the search has taken: who called wants to see something.
    this.end = Math.max(this.end, performance.now() + this.timeLimitMs / 3);
    const order = this.orderOfTasks();
    const done = yield* this.examineSpots(order.map((task) => stacks[task] as Spot[]));
    const declared = yield* this.declarations(stacks);
    yield* this.learnScripts(stacks, declared);
    yield* this.fetchVariables(order.slice(0, done), stacks);
    const late = new Set(order.slice(done));
    const inStep = yield* this.functionsInStep();
    return stacks.map((stack, task) => {
      const isInStep = this.told.tasks[task]?.state === 'running';
      return this.findings(stack, declared[task], late.has(task), isInStep ? inStep : []);
    });
  }

  /** First of all, while there is little of this inquiry's own in the heap that may be searched. */
  private *hiddenFrames(): Inquiry<Delegations | undefined> {
    const { hiddenFrames = true, heapLimitMB = DEFAULT_HEAP_LIMIT_MB } = this.options;
    if (!hiddenFrames) return undefined;
    const found = yield* findDelegates(this.holderId, heapLimitMB);
    if (typeof found !== 'string') return found;
    this.missing.push(`frames inside of native yield*: ${found}`);
    return undefined;
  }

  private stacksOf(handles: readonly string[], hidden: Delegations | undefined): Spot[][] {
    return this.told.tasks.map(({ frames }) => {
      const stack: Spot[] = [];
      for (const { generator, entered, label } of frames) {
        for (const place of hidden?.chains.get(generator) ?? []) {
          stack.push(spot(hidden?.handles[place] as string, undefined, 'yield*'));
        }
        stack.push(spot(handles[generator] as string, label, entered));
      }
      return stack;
    });
  }

  /** Tasks in the order in which they are looked at: the first of each distinct stack, then the second of each, … */
  private orderOfTasks(): number[] {
    const ranks = new Map<string, number>();
    const ranked = this.told.tasks.map((task, at) => {
      const signature = this.signatureOf(task);
      const rank = ranks.get(signature) ?? 0;
      ranks.set(signature, rank + 1);
      return { at, rank };
    });
    ranked.sort((one, other) => one.rank - other.rank || one.at - other.at);
    return ranked.map(({ at }) => at);
  }

  private signatureOf({ frames }: CollectedTask): string {
    return frames.map(({ generator }) => this.told.functions[generator]).join(',');
  }

  /** Examines the generators of the stacks, one stack after the other; gives how many stacks it got through. */
  private *examineSpots(stacks: readonly Spot[][]): Inquiry<number> {
    let batch: Spot[] = [];
    for (const [at, stack] of stacks.entries()) {
      batch.push(...stack);
      if (batch.length < BATCH && at < stacks.length - 1) continue;
      yield* this.examineBatch(batch);
      batch = [];
      if (performance.now() > this.end) return at + 1;
    }
    return stacks.length;
  }

  private *examineBatch(batch: readonly Spot[]): Inquiry<void> {
    const found = yield* examine(batch.map(({ handle }) => handle));
    const asked: Spot[] = [];
    for (const [at, spot] of batch.entries()) {
      spot.examined = found[at];
      if (spot.examined?.fn !== undefined) asked.push(spot);
    }
    const functions = asked.map(({ examined }) => ({ objectId: examined?.fn as string }));
    const { value } = yield* callOn(this.holderId, FUNCTION_NAMES, functions);
    for (const [at, spot] of asked.entries()) spot.name = (value as string[])[at] ?? '';
  }

  /** Where the function of each task was declared. Generators of one function have one number. */
  private *declarations(stacks: readonly Spot[][]): Inquiry<(ScriptPosition | undefined)[]> {
    const numbers = this.told.tasks.map(({ frames }) => {
      const bottom = frames.at(-1);
      return bottom === undefined ? -1 : (this.told.functions[bottom.generator] as number);
    });
    const asked = new Map<number, string>();
    for (const [task, number] of numbers.entries()) {
      const fn = stacks[task]?.at(-1)?.examined?.fn;
      if (fn !== undefined && !asked.has(number)) asked.set(number, fn);
    }
    const answers = yield* declarationsOf([...asked.values()]);
    const found = new Map([...asked.keys()].map((number, at) => [number, answers[at]]));
    return numbers.map((number) => found.get(number));
  }

  private *learnScripts(
    stacks: readonly Spot[][],
    declared: readonly (ScriptPosition | undefined)[],
  ): Inquiry<void> {
    const ids = new Set<string>();
    for (const position of declared) if (position !== undefined) ids.add(position.scriptId);
    for (const { examined } of stacks.flat()) {
      if (examined?.position !== undefined) ids.add(examined.position.scriptId);
    }
    yield* this.sources.scripts.learn(ids);
  }

  private *fetchVariables(tasks: readonly number[], stacks: readonly Spot[][]): Inquiry<void> {
    const { locals = true } = this.options;
    if (locals === false) return;
    const most = locals === true ? Infinity : locals;
    const counts = new Map<string, number>();
    let batch: Spot[] = [];
    for (const [at, task] of tasks.entries()) {
      const signature = this.signatureOf(this.told.tasks[task] as CollectedTask);
      const count = counts.get(signature) ?? 0;
      counts.set(signature, count + 1);
      if (count < most) {
        for (const spot of stacks[task] as Spot[]) {
          if (spot.examined?.scopes !== undefined) batch.push(spot);
        }
      }
      if (batch.length < BATCH && at < tasks.length - 1) continue;
      yield* this.fetchBatch(batch);
      batch = [];
      if (performance.now() <= this.end || at === tasks.length - 1) continue;
      this.missing.push('variables of some tasks: the time limit was reached (option timeLimitMs)');
      return;
    }
  }

  private *fetchBatch(batch: readonly Spot[]): Inquiry<void> {
    if (batch.length === 0) return;
    const found = yield* this.variablesOf('variables', batch);
    for (const [at, spot] of batch.entries()) Object.assign(spot, found[at]);
    if (this.options.moduleVariables !== true) return;
    const firsts = new Map<string, Spot>();
    for (const spot of batch) {
      const script = scriptOf(spot);
      if (script !== undefined && !this.modules.has(script) && !firsts.has(script)) firsts.set(script, spot);
    }
    const modules = yield* this.variablesOf('moduleVariables', [...firsts.values()]);
    for (const [at, script] of [...firsts.keys()].entries()) {
      this.modules.set(script, modules[at] as FoundVariables);
    }
  }

  private *variablesOf(
    which: 'variables' | 'moduleVariables',
    spots: readonly Spot[],
  ): Inquiry<FoundVariables[]> {
    if (spots.length === 0) return [];
    const scopes = spots.map(({ examined }) => ({ objectId: examined?.scopes as string }));
    const receivers = spots.map(({ examined }) =>
      examined?.receiver === undefined ? {} : { objectId: examined.receiver },
    );
    const args = [{ value: which }, { value: spots.length }, ...scopes, ...receivers];
    const { value } = yield* callOn(this.holderId, VARIABLES, args);
    return spots.map((_, at) => ({
      variables: (value as DescribedVariable[][])[at] ?? [],
      valuesAt: this.fetched++,
    }));
  }

  /** The functions that the task in the middle of a step stands in, up to the engine's. */
  private *functionsInStep(): Inquiry<FoundFrame[]> {
    const { tasks, stack } = this.told;
    if (this.options.isInStep === false) return [];
    // Of runs within a step of another there are several, and one stack.
    if (tasks.filter(({ state }) => state === 'running').length !== 1) return [];
    const { scripts, maps } = this.sources;
    const ofProgram = stack.filter(({ url }) => url !== '' && !url.startsWith('node:'));
    yield* scripts.learnFrom(ofProgram.map(({ url }) => url));
    const frames: FoundFrame[] = [];
    for (const { name, url, ...position } of ofProgram) {
      const script = scripts.loadedFrom(url);
      if (script === undefined) continue;
      const location = maps.locate(script, position);
      const isEngine = isEngineFile(location.file) || OF_ANOTHER_COPY.test(location.file);
      if (!isEngine) frames.push({ name, entered: 'yield*', location, variables: [], valuesAt: undefined });
      else if (frames.length > 0) break; // before it: who asks
    }
    return frames;
  }

  private findings(
    stack: readonly Spot[],
    declared: ScriptPosition | undefined,
    isLate: boolean,
    inStep: readonly FoundFrame[],
  ): TaskFindings {
    const frames: FoundFrame[] = [...inStep];
    for (const spot of stack) {
      const { examined, name, label, entered, variables, valuesAt } = spot;
      if (inStep.length > 0 && examined?.state === 'running') continue; // it is among those
      if (examined?.state === 'closed' || (examined === undefined && entered === 'yield*')) continue;
      const location = this.sources.locate(examined?.position);
      const module = this.modules.get(scriptOf(spot) ?? '');
      frames.push({ name: label ?? name, entered, location, variables, valuesAt, module });
    }
    const [only] = stack;
    const isFresh = stack.length === 1 && isSamePosition(only?.examined?.position, declared);
    const missing = isLate
      ? [
          ...this.missing,
          'source lines and variables: the time limit was reached before (option timeLimitMs)',
        ]
      : this.missing;
    return { frames, spawned: this.sources.locate(declared), isFresh, missing };
  }
}

function scriptOf({ examined }: Spot): string | undefined {
  return examined?.position?.scriptId;
}

function spot(handle: string, label: string | undefined, entered: FrameSnapshot['entered']): Spot {
  return { handle, label, entered, examined: undefined, name: '', variables: [], valuesAt: undefined };
}
