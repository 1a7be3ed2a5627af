/** What a piece of a program leaves behind: runs that still go on, timers of the host, listeners. */
import { tasksOf } from '../kernel/deadlock.js';
import type { Task } from '../kernel/task.js';
import { taskPath } from '../kernel/trail.js';
import { liveRuns } from '../run.js';
import { watchHostTimers } from './host-timers.js';
import { watchListeners } from './listeners.js';

export interface LeakOptions {
  /** Runs that have not ended, and so tasks. Default true. */
  tasks?: boolean;
  /** Timers set by the global `setTimeout`, `setInterval` and `setImmediate` that hold the process. Default true. */
  timers?: boolean;
  /** Listeners of EventEmitters and EventTargets that are still there. Default true; seen on Node only. */
  listeners?: boolean;
}

export interface LeakWatch {
  /** Ends the watch and names what was left behind since it began: one line each. Call it once, also after an error. */
  stop(): string[];
  /**
   * Like `stop`, but gives the host a turn before it blames a listener: a stream of Node that has been destroyed takes
   * its own off only when it has closed, a moment later.
   */
  settle(): Promise<string[]>;
}

/**
 * Begins to watch for what is left behind. Watches may nest, and end in the opposite order; what is done meanwhile
 * by others, by tests that run concurrently say, is counted too.
 *
 * @example
 *     const watch = watchLeaks();
 *     await run(main);
 *     expect(watch.stop()).to.deep.equal([]);
 */
export function watchLeaks(options: LeakOptions = {}): LeakWatch {
  const before = new Set(liveRuns);
  const timers = options.timers === false ? undefined : watchHostTimers();
  const listeners = options.listeners === false ? undefined : watchListeners();
  const stop = () => {
    const runs = options.tasks === false ? [] : [...liveRuns].filter((state) => !before.has(state));
    return {
      runs: runs.map((state) => `${state.loop.name} still goes on, with ${listTasks(state.main)}`),
      listening: listeners?.() ?? [],
      set: timers?.() ?? [],
    };
  };
  return {
    stop() {
      const { runs, listening, set } = stop();
      return [...runs, ...listening, ...set];
    },
    async settle() {
      const { runs, listening, set } = stop();
      if (listening.length > 0) await hostTurn();
      return [...runs, ...(listening.length > 0 ? (listeners?.() ?? []) : []), ...set];
    },
  };
}

// Kept, for a test may put fake timers in their place.
const { setTimeout: setHostTimeout } = globalThis;

function hostTurn(): Promise<void> {
  return new Promise((resolve) => void setHostTimeout(resolve, 0));
}

/** The live tasks of a run and where each is parked, one a line. */
export function listTasks(main: Task): string {
  const lines = tasksOf(main).map(
    (task) => `\n    task ${taskPath(task)}: ${task.waiting?.describe(task) ?? 'ready'}`,
  );
  return `${lines.length === 1 ? '1 task' : `${lines.length} tasks`}:${lines.join('')}`;
}

/** The error for what was left behind. */
export function leakError(left: readonly string[]): Error {
  return new Error(
    `left behind:\n${left.map((line) => `  - ${line}`).join('\n')}\n` +
      'End, clear or remove it in the same test; what is meant to stay belongs into a before hook.',
  );
}
