/**
 * What an editor is shown while the program stands still: tasks as threads, their coroutines as stack frames,
 * variables that unfold. All of it holds for this one stop: the numbers by which the editor asks on (of frames, of
 * variables) mean nothing any more once the program has moved.
 *
 *     thread (task) ─▶ frames (coroutines) ─▶ scopes ─▶ variables ─▶ what is inside of them …
 *                                             Local      from the snapshot
 *                                             Closure    from the snapshot
 *                                             Last step  what the task was resumed with, what it yielded
 *                                             Task       what it waits for, its cancel scopes, who spawned it
 */
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { isEngineFile } from '../../base/stack-text.js';
import { isPath } from '../../debug/errors/stack-frame.js';
import type { FrameSnapshot, TaskSnapshot, Variable } from '../../debug/inspect/task-snapshot.js';
import type { SourceLocation } from '../../debug/source/source-location.js';
import type { Range, Shown } from './explorer.js';
import { RequestError } from './request-error.js';
import { type Fact, factsOf } from './task-facts.js';
import { evaluable, type Values } from './values.js';

/** A run that stands still. */
export interface StandingRun {
  readonly name: string;
  /** What is added to the ids of its tasks, so that they are unique among all runs. */
  readonly base: number;
  readonly tasks: readonly TaskSnapshot[];
  /** The task that has moved last, as it is shown: it may have ended in that step, and is then not among `tasks`. */
  readonly moved?: { readonly task: TaskSnapshot; readonly step: readonly Variable[] } | undefined;
}

/** One coroutine of a task. */
interface Spot {
  readonly task: TaskSnapshot;
  readonly frame: FrameSnapshot;
  readonly step: readonly Variable[];
}

type Unfolding = (range: Range) => Promise<DebugProtocol.Variable[]>;

export class Standing {
  private readonly runs: readonly StandingRun[];
  private readonly values: Values;
  private readonly stacks = new Map<number, readonly DebugProtocol.StackFrame[]>();
  private readonly spots: Spot[] = [];
  private readonly unfoldings: Unfolding[] = [];

  constructor(runs: readonly StandingRun[], values: Values) {
    this.runs = runs;
    this.values = values;
  }

  threads(): DebugProtocol.Thread[] {
    const isAlone = this.runs.length === 1;
    return this.runs.flatMap((run) =>
      tasksOf(run).map((task) => ({
        id: run.base + task.id,
        name: `${isAlone ? '' : `${run.name}: `}${titleOf(task)}`,
      })),
    );
  }

  /** The task behind the number of a thread. */
  find(threadId: number): { readonly run: StandingRun; readonly task: TaskSnapshot } {
    for (const run of this.runs) {
      const task = tasksOf(run).find(({ id }) => run.base + id === threadId);
      if (task !== undefined) return { run, task };
    }
    throw new RequestError(`There is no task #${threadId} any more: it has ended.`);
  }

  stackTrace({ threadId, startFrame = 0, levels = 0 }: DebugProtocol.StackTraceArguments): {
    stackFrames: DebugProtocol.StackFrame[];
    totalFrames: number;
  } {
    let frames = this.stacks.get(threadId);
    if (frames === undefined) {
      const { run, task } = this.find(threadId);
      const step = run.moved?.task.id === task.id ? run.moved.step : [];
      frames = task.frames.map((frame, at) => this.frame(task, frame, at === 0 ? step : []));
      this.stacks.set(threadId, frames);
    }
    const end = levels > 0 ? startFrame + levels : frames.length;
    return { stackFrames: frames.slice(startFrame, end), totalFrames: frames.length };
  }

  scopes(frameId: number): DebugProtocol.Scope[] {
    const { task, frame, step } = this.spot(frameId);
    const own = frame.locals.filter(({ scope }) => scope !== 'closure');
    const closure = frame.locals.filter(({ scope }) => scope === 'closure');
    const scopes = [this.scope('Local', own, 'locals')];
    if (closure.length > 0) scopes.push(this.scope('Closure', closure));
    if (frame.moduleVariables !== undefined) scopes.push(this.scope('Module', frame.moduleVariables));
    if (step.length > 0) scopes.push(this.scope('Last step', step));
    const facts = this.unfold(async () => this.facts(factsOf(task)));
    scopes.push({ name: 'Task', variablesReference: facts, expensive: false });
    return scopes;
  }

  async variables({
    variablesReference,
    ...range
  }: DebugProtocol.VariablesArguments): Promise<DebugProtocol.Variable[]> {
    const unfolding = this.unfoldings[variablesReference - 1];
    if (unfolding === undefined) throw stale('That variable');
    return unfolding(range);
  }

  async evaluate(
    expression: string,
    frameId: number | undefined,
    mayChange: boolean,
  ): Promise<DebugProtocol.EvaluateResponse['body']> {
    const variables = evaluable(frameId === undefined ? undefined : this.spot(frameId).frame);
    const { text, ...shown } = await this.values.evaluate(expression, variables, mayChange);
    return { result: text, ...this.below({ text, ...shown }) };
  }

  /** The variables of the coroutine in which a task stands. */
  localsOf(threadId: number): readonly Variable[] {
    return evaluable(this.find(threadId).task.frames[0]);
  }

  private frame(
    task: TaskSnapshot,
    frame: FrameSnapshot,
    step: readonly Variable[],
  ): DebugProtocol.StackFrame {
    const id = this.spots.push({ task, frame, step });
    const { name, location } = frame;
    if (location === undefined) return { id, name, line: 0, column: 0, presentationHint: 'label' };
    const source = sourceOf(location);
    const { line, column } = location;
    return source.presentationHint === undefined
      ? { id, name, source, line, column }
      : { id, name, source, line, column, presentationHint: 'subtle' };
  }

  private spot(frameId: number): Spot {
    const spot = this.spots[frameId - 1];
    if (spot === undefined) throw stale('That frame');
    return spot;
  }

  private scope(
    name: string,
    variables: readonly Variable[],
    presentationHint?: 'locals',
  ): DebugProtocol.Scope {
    const variablesReference = this.unfold(async () => {
      const shown = await this.values.show(variables);
      return variables.map((variable, at) => this.variable(variable.name, shown[at] as Shown));
    });
    const scope = { name, variablesReference, namedVariables: variables.length, expensive: false };
    return presentationHint === undefined ? scope : { ...scope, presentationHint };
  }

  private variable(name: string, shown: Shown): DebugProtocol.Variable {
    return { name, value: shown.text, ...this.below(shown) };
  }

  private below({ type, reference, named, indexed }: Shown): {
    type: string;
    variablesReference: number;
    namedVariables?: number;
    indexedVariables?: number;
  } {
    if (reference === 0) return { type, variablesReference: 0 };
    const variablesReference = this.unfold(async (range) => {
      const properties = await this.values.properties(reference, range);
      if (properties === undefined) throw stale('That variable');
      return properties.map((property) => this.variable(property.name, property));
    });
    return { type, variablesReference, namedVariables: named, indexedVariables: indexed };
  }

  private facts(facts: readonly Fact[]): DebugProtocol.Variable[] {
    return facts.map(({ name, text, below = [] }) => ({
      name,
      value: text,
      variablesReference: below.length === 0 ? 0 : this.unfold(async () => this.facts(below)),
    }));
  }

  private unfold(unfolding: Unfolding): number {
    return this.unfoldings.push(unfolding);
  }
}

/** The live ones, and the one that has moved last, also if it has ended by that. */
function tasksOf({ tasks, moved }: StandingRun): readonly TaskSnapshot[] {
  if (moved === undefined) return tasks;
  if (moved.task.state === 'ended') return [...tasks, moved.task];
  return tasks.map((task) => (task.id === moved.task.id ? moved.task : task));
}

function titleOf({ id, name, state, waitsFor, isCancelled }: TaskSnapshot): string {
  const what = waitsFor ?? (state === 'ready' || state === 'created' ? '' : state);
  const notes = [what, isCancelled ? 'cancelled' : ''].filter((note) => note !== '');
  return `${name} #${id}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

/** Frames of packages are shown, but not as what one looks for. */
function sourceOf({ file }: SourceLocation): DebugProtocol.Source {
  const source: DebugProtocol.Source = isPath(file) ? { name: basename(file), path: file } : { name: file };
  const isForeign = isEngineFile(file) || file.includes('/node_modules/');
  return isForeign ? { ...source, presentationHint: 'deemphasize' } : source;
}

function stale(what: string): RequestError {
  return new RequestError(`${what} was of an earlier stop: the program has moved on since.`);
}
