/**
 * The walk over the live runs of a process: what JavaScript itself can tell of their tasks, as plain data, and the
 * generators that the tasks stand in, for the inspector to look at.
 *
 * It is sent as source text to processes that are debugged from outside, and meets runs of other copies of the
 * library: so it must stand by itself, imports nothing but types, and knows a thing by what it has and not by its
 * class.
 */
import type { CancelScope } from '../../kernel/cancel-scope.js';
import type { Scope } from '../../kernel/scope.js';
import type { Engine, Frame, Task, TaskOwner, Wait } from '../../kernel/task.js';
import type { FrameSnapshot, ScopeSnapshot, TaskState } from './task-snapshot.js';

/** A run, as the set of live runs holds it. */
export interface LiveRun {
  readonly loop: Engine;
  readonly main: Task;
}

/** One coroutine of a task's stack. */
export interface CollectedFrame {
  /** Where it is in `generators`. */
  readonly generator: number;
  readonly entered: FrameSnapshot['entered'];
  /** The name that the engine knows, if it does. */
  readonly label: string | undefined;
}

/** JSON has no Infinity: null stands for it. */
export type CollectedScope = Omit<ScopeSnapshot, 'deadline' | 'remaining' | 'name' | 'why'> & {
  readonly name: string | null;
  readonly deadline: number | null;
  readonly remaining: number | null;
  readonly why: string | null;
};

export interface CollectedTask {
  readonly run: string;
  readonly id: number;
  readonly name: string;
  readonly parentId: number | null;
  /** Where the snapshots of its parent is among all; -1: it has none. */
  readonly parent: number;
  readonly state: TaskState;
  readonly isCancelled: boolean;
  readonly waitsFor: string | null;
  readonly waitsForTasks: readonly number[];
  readonly group: string | null;
  readonly scopes: readonly CollectedScope[];
  /** From the innermost outwards. */
  readonly frames: readonly CollectedFrame[];
  /** In the middle, if the stack is very deep. */
  readonly framesOmitted: number;
}

export interface Collected {
  /** Where the tasks of `told` come from, in the same order. */
  readonly origins: Task[];
  /** Generators; for tasks that have not begun their functions. */
  readonly generators: object[];
  /** What is told of them, as JSON: `Told`. One string, and not a hundred thousand objects that a heap snapshot would list. */
  readonly told: string;
}

export interface Told {
  readonly tasks: readonly CollectedTask[];
  /** For each generator: the number of its function, alike for all generators of one function. */
  readonly functions: readonly number[];
  /** If a task is in the middle of a step: the JavaScript stack, from the innermost function. */
  readonly stack: readonly CalledFunction[];
}

/** A function on the JavaScript stack, and where it is in its script: lines and columns from 0. */
export interface CalledFunction {
  readonly name: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** A map from a generator to the one that it has delegated to by native `yield*`, if that is being watched. */
interface Delegates {
  get(generator: object): object | undefined;
}

/** @param only The id of the only task to be collected. */
export function collectTasks(runs: Iterable<LiveRun>, only?: number): Collected {
  /** States of a task: being stepped; in the ready queue for its first step, which calls its generator function. */
  const RUNNING = 0;
  const TO_CALL = 5;
  const TO_CALL_WITH = 6;
  /** Of the stack of one task: a recursion may be a million frames deep. So many are kept above, and below. */
  const TOP_FRAMES = 100;
  const BOTTOM_FRAMES = 10;
  /** Those who could end a wait may be thousands, for each of thousands who wait. */
  const BLOCKERS = 100;
  const STACK_FRAMES = 100;
  const origins: Task[] = [];
  const tasks: CollectedTask[] = [];
  const generators: object[] = [];
  const functions: number[] = [];
  const functionNumbers = new Map<object, number>();
  const { [Symbol.for('treadle.delegates')]: delegates } = globalThis as { [key: symbol]: Delegates };

  function add(generator: object): number {
    const prototype = (
      typeof generator === 'function' ? generator.prototype : Object.getPrototypeOf(generator)
    ) as object;
    let number = functionNumbers.get(prototype);
    if (number === undefined) {
      number = functionNumbers.size;
      functionNumbers.set(prototype, number);
    }
    functions.push(number);
    return generators.push(generator) - 1;
  }

  function nodesOf(top: Scope): Scope[] {
    const nodes: Scope[] = [top];
    for (let at = 0; at < nodes.length; at++) {
      for (let node = (nodes[at] as Scope).first; node !== null; node = node.next) nodes.push(node);
    }
    return nodes;
  }

  function isTask(node: Scope): node is Task {
    return 'waiting' in node && 'watchers' in node;
  }

  /** Code that is looked at from outside has been interrupted: its functions are below this one. */
  function stackNow(): CalledFunction[] {
    const { prepareStackTrace, stackTraceLimit } = Error;
    try {
      Error.stackTraceLimit = STACK_FRAMES;
      Error.prepareStackTrace = (_error, sites) => sites;
      const sites = new Error().stack as unknown as NodeJS.CallSite[];
      return sites.map((site) => ({
        name: site.getFunctionName() ?? '',
        url: site.getScriptNameOrSourceURL() ?? '',
        lineNumber: (site.getLineNumber() ?? 1) - 1,
        columnNumber: (site.getColumnNumber() ?? 1) - 1,
      }));
    } finally {
      Object.assign(Error, { prepareStackTrace, stackTraceLimit });
    }
  }

  function stateOf(task: Task): TaskState {
    if (task.hasEnded) return 'ended';
    if (task.waiting !== null) return 'parked';
    if (isToCall(task)) return 'created';
    return task.state === RUNNING ? 'running' : 'ready';
  }

  function isToCall({ state }: Task): boolean {
    return state === TO_CALL || state === TO_CALL_WITH;
  }

  /** What may run code of the program: a description that a user wrote. */
  function attempt<T>(get: () => T, otherwise: T): T {
    try {
      return get();
    } catch {
      return otherwise;
    }
  }

  function waitOf(task: Task, wait: Wait | null): string | null {
    if (wait === null) return null;
    return attempt(() => String(wait.describe(task)), 'something whose description cannot be had');
  }

  interface Titled {
    readonly title?: unknown;
    readonly group?: Titled;
    readonly target?: Titled;
  }

  /** The group itself, or what stands between it and the task: a portal, or a task that is being started. */
  function groupOf(owner: TaskOwner): string | null {
    const { title, group, target } = owner as Titled;
    const found = title ?? group?.title ?? target?.title;
    return typeof found === 'string' ? found : null;
  }

  interface GroupFrame extends Frame {
    readonly cancelScope: Scope;
    readonly options?: { readonly name?: string };
  }

  function isGroup(frame: Frame): frame is GroupFrame {
    return 'cancelScope' in frame;
  }

  function scopesOf(task: Task, now: number): CollectedScope[] {
    const groups = new Map<Scope, GroupFrame>();
    for (let { frame } = task; frame !== null; frame = frame.below) {
      if (isGroup(frame)) groups.set(frame.cancelScope, frame);
    }
    const scopes: CollectedScope[] = [];
    for (let node: Scope | null = task.scope; node !== null; node = node === task ? null : node.parent) {
      const group = groups.get(node);
      const { deadline = Infinity } = node as Partial<CancelScope>;
      const isLimited = deadline !== Infinity;
      scopes.push({
        kind: isTask(node) ? 'task' : group === undefined ? 'scope' : 'group',
        name: isTask(node) ? node.name : (group?.options?.name ?? null),
        deadline: isLimited ? deadline : null,
        remaining: isLimited ? deadline - now : null,
        shield: node.shielded,
        cancelCalled: node.own !== null,
        why: node.own === null ? null : node.own.message,
      });
    }
    return scopes;
  }

  function enteredBy(frame: Frame | null): FrameSnapshot['entered'] {
    if (frame === null) return 'task';
    if (isGroup(frame)) return 'group';
    return 'label' in frame ? 'call' : 'scope';
  }

  function labelOf(task: Task, frame: Frame | null): string | undefined {
    // A label that is a string is the name of the task, not of its function.
    const label = frame === null ? task.label : 'label' in frame ? frame.label : null;
    const name = (label as { name?: unknown } | null)?.name;
    return typeof name === 'string' && name !== '' ? name : undefined;
  }

  function heightOf(task: Task): number {
    let height = 1;
    for (let { frame } = task; frame !== null; frame = frame.below) height++;
    return height;
  }

  /** A generator with those that it has delegated to, as far as that is watched. */
  function addWithDelegates(
    generator: object,
    frame: Frame | null,
    task: Task,
    frames: CollectedFrame[],
  ): void {
    const hidden: object[] = [];
    let delegate = delegates?.get(generator);
    while (delegate !== undefined && !hidden.includes(delegate)) {
      hidden.push(delegate);
      delegate = delegates?.get(delegate);
    }
    for (const inner of hidden.reverse()) {
      frames.push({ generator: add(inner), entered: 'yield*', label: undefined });
    }
    frames.push({ generator: add(generator), entered: enteredBy(frame), label: labelOf(task, frame) });
  }

  function framesOf(task: Task): { frames: CollectedFrame[]; framesOmitted: number } {
    const frames: CollectedFrame[] = [];
    let framesOmitted = 0;
    const height = heightOf(task);
    // There is no generator before the first step: the function stands in its place.
    const bottom: object = isToCall(task) ? (task.label as object) : task.iterator;
    let { frame } = task;
    for (let depth = 0; ; depth++) {
      // A group whose body is over waits for its children: nobody stands in the body any more.
      const isOver = depth === 0 && frame !== null && (task.waiting as unknown) === frame;
      const isOmitted = depth >= TOP_FRAMES && depth < height - BOTTOM_FRAMES;
      if (isOmitted) framesOmitted++;
      else if (!isOver) addWithDelegates(frame === null ? bottom : frame.iterator, frame, task, frames);
      if (frame === null) return { frames, framesOmitted };
      frame = frame.below;
    }
  }

  for (const { loop, main } of runs) {
    const now = attempt(() => loop.now(), 0);
    const live = nodesOf(main).filter(
      (node) => isTask(node) && (only === undefined || node.id === only),
    ) as Task[];
    live.sort((one, other) => one.id - other.id);
    const places = new Map<Task, number>();
    for (const task of live) places.set(task, tasks.length + places.size);
    for (const task of live) {
      origins.push(task);
      const { hostTask } = task.owner;
      const wait = task.waiting;
      const blockers = wait === null ? [] : attempt(() => wait.blockers?.(task) ?? [], []);
      tasks.push({
        run: loop.name,
        id: task.id,
        name: task.name,
        parentId: hostTask === null ? null : hostTask.id,
        parent: hostTask === null ? -1 : (places.get(hostTask) ?? -1),
        state: stateOf(task),
        isCancelled: task.scope.effective !== null,
        waitsFor: waitOf(task, wait),
        waitsForTasks: blockers
          .filter((blocker) => blocker.loop === loop)
          .slice(0, BLOCKERS)
          .map((blocker) => blocker.id),
        group: groupOf(task.owner),
        scopes: scopesOf(task, now),
        ...framesOf(task),
      });
    }
  }
  const isInStep = tasks.some(({ state }) => state === 'running');
  const stack = isInStep ? attempt(stackNow, []) : []; // engines other than V8 have no such list
  return { origins, generators, told: JSON.stringify({ tasks, functions, stack }) };
}
