/** `treadle/debug`: looking into runs and stepping them by hand. */
export type { Breakpoint, BreakpointConditions, Breakpoints } from './breakpoint.js';
export { type ChromeTrace, type ChromeTraceOptions, chromeTrace } from './chrome-trace.js';
export { watchDelegation } from './delegation.js';
export { type DumpOptions, installDumpSignal } from './dump-signal.js';
export { ForeignWaitError } from './foreign-wait.js';
export { type FormatErrorOptions, formatError } from './format-error.js';
export { type FormatOptions, formatTasks } from './format-tasks.js';
export { inspectTasks } from './inspect-tasks.js';
export type { InspectOptions } from './inspection.js';
export { locateDeadlocks } from './locate-deadlocks.js';
export { ReplayDivergence } from './replay/divergence.js';
export { RecordingError, readRecording } from './replay/read-recording.js';
export { type RecordOptions, RunRecorder, record } from './replay/record.js';
export type { Recording } from './replay/recording.js';
export {
  type ReplayOptions,
  RunReplayer,
  type RunReplayerOptions,
  replay,
  replayRuns,
} from './replay/replay.js';
export type { SourceLocation } from './source-location.js';
export { type SpawnPlace, spawnLocation, spawnPath, spawnTraces } from './spawn-traces.js';
export type { Step } from './step.js';
export { type SteppedProgram, type StepRunsOptions, stepRuns } from './step-runs.js';
export { createStepper } from './stepper.js';
export type { AsyncStepper, Stepper } from './stepper-contract.js';
export type { FrameSnapshot, ScopeSnapshot, TaskSnapshot, TaskState, Variable } from './task-snapshot.js';
export { type WatchDog, type WatchDogOptions, watchDog } from './watch-dog.js';
export type { WatchDogReport } from './watch-dog-report.js';
