/** The public face of Treadle: every name of the core leaves by this door. */
export { type BackendName, getAvailableBackends } from './backends/registry.js';
export { Cancelled, isCancelled } from './base/cancelled.js';
export {
  BrokenResourceError,
  BusyResourceError,
  ClosedResourceError,
  DeadlockError,
  type DeadlockWait,
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
export { all } from './concurrency/all.js';
export { allSettled, type SettledResults } from './concurrency/all-settled.js';
export { any } from './concurrency/any.js';
export { asCompleted } from './concurrency/as-completed.js';
export { attempt, type Outcome } from './concurrency/attempt.js';
export type { BackOffPolicy } from './concurrency/back-off.js';
export { type Cleanup, defer, deferring } from './concurrency/defer.js';
export { every } from './concurrency/every.js';
export { gather } from './concurrency/gather.js';
export { map } from './concurrency/map.js';
export { race } from './concurrency/race.js';
export { type RetryPolicy, retry } from './concurrency/retry.js';
export {
  type SupervisedFailure,
  type SuperviseOptions,
  type Supervisor,
  supervise,
} from './concurrency/supervise.js';
export type { SupervisedTask } from './concurrency/supervised-task.js';
export { type Releasable, use } from './concurrency/use.js';
export { Context, ContextVar, type ContextVarToken, copyContext } from './interop/context.js';
export type { EventEmitterLike } from './interop/event-source.js';
export { events } from './interop/events.js';
export { fromAsyncIterable } from './interop/from-async-iterable.js';
export { once } from './interop/once.js';
export { type Portal, withPortal } from './interop/portal.js';
export { until } from './interop/until.js';
export type { Backend, Connection } from './kernel/backend.js';
export { call, coroutine } from './kernel/call.js';
export { CancelScope, type CancelScopeOptions, currentEffectiveDeadline } from './kernel/cancel-scope.js';
export { cancelShieldedCheckpoint, checkpoint, checkpointIfCancelled } from './kernel/checkpoint.js';
export { type Coroutine, Effect, type Operation } from './kernel/effect.js';
export { isStopRequested, type StopOptions, stopRequested } from './kernel/graceful-stop.js';
export type { Instrument, TaskInfo } from './kernel/instrument.js';
export { currentTime, sleep, sleepForever, sleepUntil } from './kernel/sleep.js';
export { KEEP_WAITING, type SuspendOptions, suspend } from './kernel/suspend.js';
export { type MainOptions, main } from './main.js';
export { type Run, type RunOptions, run, runSync } from './run.js';
export { BufferedByteReceiveStream } from './streams/buffered-byte-receive-stream.js';
export type {
  ByteReceiveStream,
  ByteSendStream,
  ByteSink,
  ByteSource,
  ByteStream,
} from './streams/byte-stream.js';
export type { MemoryObjectStreamStatistics } from './streams/channel.js';
export { debounce } from './streams/debounce.js';
export { DelimiterNotFound, IncompleteRead } from './streams/errors.js';
export type { HostStreamOptions } from './streams/host-stream-options.js';
export { MemoryObjectReceiveStream } from './streams/memory-object-receive-stream.js';
export { MemoryObjectSendStream } from './streams/memory-object-send-stream.js';
export { createMemoryObjectStream, type MemoryObjectStreamPair } from './streams/memory-object-stream.js';
export { fromNodeReadable, type NodeReadable } from './streams/node-receive-stream.js';
export { fromNodeDuplex, fromNodeWritable, type NodeWritable } from './streams/node-send-stream.js';
export type { Closable, ReceiveStream, SendStream } from './streams/receive-stream.js';
export { StapledByteStream, StapledObjectStream } from './streams/stapled-streams.js';
export { takeLatest } from './streams/take-latest.js';
export { takeLeading } from './streams/take-leading.js';
export {
  TextReceiveStream,
  TextSendStream,
  TextStream,
  type TextStreamOptions,
} from './streams/text-streams.js';
export { throttle } from './streams/throttle.js';
export {
  type NodeReadableClass,
  type NodeWritableClass,
  toNodeReadable,
  toNodeWritable,
} from './streams/to-node-streams.js';
export { toWebReadable, toWebWritable } from './streams/to-web-streams.js';
export { fromWebReadable } from './streams/web-receive-stream.js';
export { fromWebWritable } from './streams/web-send-stream.js';
export { CapacityLimiter } from './sync/capacity-limiter.js';
export { Condition } from './sync/condition.js';
export { AlreadyHeldError, AlreadySetError, NotHeldError } from './sync/errors.js';
export { Event } from './sync/event.js';
export { Future, type FutureStatus } from './sync/future.js';
export { Lock, type LockStatistics } from './sync/lock.js';
export { ResourceGuard } from './sync/resource-guard.js';
export { Semaphore } from './sync/semaphore.js';
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
