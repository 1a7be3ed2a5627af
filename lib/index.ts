/** The public face of Treadle: every name of the core leaves by this door. */
export { type BackendName, getAvailableBackends } from './backends/registry.js';
export { Cancelled, isCancelled } from './base/cancelled.js';
export {
  BrokenResourceError,
  BusyResourceError,
  ClosedResourceError,
  DeadlockError,
  EndOfStream,
  NoEventLoopError,
  RunFinishedError,
  TaskCancelled,
  TaskFailed,
  TaskNotFinished,
  TimeoutError,
  WouldBlock,
} from './base/errors.js';
export { except } from './base/except.js';
export { type ErrorClass, ExceptionGroup, type ExceptionGroupOf } from './base/exception-group.js';
export { until } from './interop/until.js';
export type { Backend, Connection } from './kernel/backend.js';
export { call, coroutine } from './kernel/call.js';
export { CancelScope, type CancelScopeOptions, currentEffectiveDeadline } from './kernel/cancel-scope.js';
export { cancelShieldedCheckpoint, checkpoint, checkpointIfCancelled } from './kernel/checkpoint.js';
export { type Coroutine, Effect, type Operation } from './kernel/effect.js';
export type { Instrument, TaskInfo } from './kernel/instrument.js';
export { currentTime, sleep, sleepForever, sleepUntil } from './kernel/sleep.js';
export { KEEP_WAITING, type SuspendOptions, suspend } from './kernel/suspend.js';
export { main } from './main.js';
export { type Run, type RunOptions, run, runSync } from './run.js';
export { currentTask, runningTasks } from './tasks/current-task.js';
export { TASK_STATUS_IGNORED, type TaskStatus } from './tasks/start.js';
export { TaskGroup, type TaskGroupOptions, taskGroup } from './tasks/task-group.js';
export { TaskHandle } from './tasks/task-handle.js';
export {
  cancelScope,
  type Deadline,
  failAfter,
  failAt,
  moveOnAfter,
  moveOnAt,
  shield,
} from './tasks/timeouts.js';
