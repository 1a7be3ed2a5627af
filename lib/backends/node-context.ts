/**
 * The host's own contexts (AsyncLocalStorage, which loggers and tracers use): in which of them a run takes its
 * turns, and its tasks their steps. Without care a task would see that of whoever happened to wake it.
 *
 * - `run`: all turns run in the context of the caller of `run`. One entry a turn, which is as good as free.
 * - `task`: each step runs in the context that was current where the task was spawned. One entry a step.
 *
 * A host without `node:async_hooks` has no such contexts, so there is nothing to keep.
 */
import type { HostContext } from '../kernel/task.js';

/** Node's module, asked for at run time: a static import would break the package in a browser. */
function asyncHooks(): typeof import('node:async_hooks') | undefined {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function') return undefined;
  return process.getBuiltinModule('node:async_hooks');
}

/** The function, run in the host's context of here and now. */
export function inCallersContext(turn: () => void): () => void {
  const hooks = asyncHooks();
  if (hooks === undefined) return turn;
  const resource = new hooks.AsyncResource('treadle.run');
  return () => resource.runInAsyncScope(turn);
}

/** What captures the host's context for each task that is spawned; null where the host has none. */
export function contextCapture(): (() => HostContext) | null {
  const hooks = asyncHooks();
  if (hooks === undefined) return null;
  const { AsyncResource } = hooks;
  return () => new AsyncResource('treadle.task');
}
