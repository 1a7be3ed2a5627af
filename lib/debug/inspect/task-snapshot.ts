/**
 * What a debugger shows of a task that stands still: plain data, taken at one moment. It can be sent to another
 * process as JSON once the values of the variables have been put into words (see `formatTasks`).
 */
import type { TaskInfo } from '../../kernel/instrument.js';
import type { SourceLocation } from '../source/source-location.js';

/** How a task stands: being stepped, in the ready queue, parked, not yet begun, or on its way out. */
export type TaskState = 'running' | 'ready' | 'parked' | 'created' | 'ended';

export interface TaskSnapshot extends TaskInfo {
  /** The name of the run that it belongs to. */
  readonly run: string;
  readonly state: TaskState;
  /** A cancellation has reached it: its checkpoints throw. */
  readonly isCancelled: boolean;
  /** What it waits for, in words: 'sleep until +420 ms', 'lock "db" held by worker-2'; undefined unless parked. */
  readonly waitsFor: string | undefined;
  /** The ids of the tasks of the same run that could end the wait: the holder of the lock, the children of the group. */
  readonly waitsForTasks: readonly number[];
  /** The group it was spawned into, by its title; undefined for the main task of a run. */
  readonly group: string | undefined;
  /** From the innermost outwards, up to the task itself. */
  readonly scopes: readonly ScopeSnapshot[];
  /** From the innermost, where it stands, outwards to the function it was spawned with. */
  readonly frames: readonly FrameSnapshot[];
  /** The function that it was spawned with. */
  readonly spawned: SourceLocation | undefined;
  /** The line that spawned it: known in runs with the instrument `spawnTraces()`. */
  readonly spawnedAt: SourceLocation | undefined;
  readonly children: readonly TaskSnapshot[];
  /** What could not be found out here, and why: 'no local variables: this runtime has no node:inspector'. */
  readonly missing: readonly string[];
}

export interface ScopeSnapshot {
  readonly kind: 'task' | 'scope' | 'group';
  /** The name or title, if it has one. */
  readonly name: string | undefined;
  /** On the clock of the run; Infinity: none. */
  readonly deadline: number;
  /** Milliseconds from now to the deadline. */
  readonly remaining: number;
  readonly shield: boolean;
  readonly cancelCalled: boolean;
  /** The message of the Cancelled, if the scope was cancelled. */
  readonly why: string | undefined;
}

export interface FrameSnapshot {
  /** The name of the generator function. */
  readonly name: string;
  /** How it was entered: the task's own coroutine, `call`, a scope, a group's body, or JavaScript's own yield*. */
  readonly entered: 'task' | 'call' | 'scope' | 'group' | 'yield*';
  readonly location: SourceLocation | undefined;
  readonly locals: readonly Variable[];
  /** The top-level names of its module that any function of it uses; only where a debugger evaluates expressions. */
  readonly moduleVariables?: readonly Variable[];
}

export interface Variable {
  readonly name: string;
  /** In words, short: '42', '"abc"', 'Map(3) {…}', 'uninitialized'. */
  readonly text: string;
  /** The value itself, where it could be had without running user code; absent in another process. */
  readonly value?: unknown;
  /** 'local' is the function's own, 'closure' an enclosing function's, 'module' of the file. */
  readonly scope: 'local' | 'block' | 'closure' | 'module';
}
