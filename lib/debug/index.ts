/** `treadle/debug`: looking into runs and stepping them by hand. */

export { type FormatErrorOptions, formatError } from './errors/format-error.js';
export { locateDeadlocks } from './errors/locate-deadlocks.js';
export { type SpawnPlace, spawnLocation, spawnPath, spawnTraces } from './errors/spawn-traces.js';
export { watchDelegation } from './inspect/delegation.js';
export { type DumpOptions, installDumpSignal } from './inspect/dump-signal.js';
export { ForeignWaitError } from './inspect/foreign-wait.js';
export { type FormatOptions, formatTasks } from './inspect/format-tasks.js';
export { inspectTasks } from './inspect/inspect-tasks.js';
export type { InspectOptions } from './inspect/inspection.js';
export type {
  FrameSnapshot,
  ScopeSnapshot,
  TaskSnapshot,
  TaskState,
  Variable,
} from './inspect/task-snapshot.js';
export { ReplayDivergence } from './replay/divergence.js';
export { RecordingError, readRecording } from './replay/read-recording.js';
export { type RecordOptions, RunRecorder, record } from './replay/record.js';
export type { Recording } from './replay/recording.js';
export { type ReplayOptions, replay } from './replay/replay.js';
export { RunReplayer, type RunReplayerOptions, replayRuns } from './replay/run-replayer.js';
export type { SourceLocation } from './source/source-location.js';
export type { Breakpoint, BreakpointConditions, Breakpoints } from './stepper/breakpoint.js';
export type { Step } from './stepper/step.js';
export { type SteppedProgram, type StepRunsOptions, stepRuns } from './stepper/step-runs.js';
export { createStepper } from './stepper/stepper.js';
export type { AsyncStepper, Stepper } from './stepper/stepper-contract.js';
export { type ChromeTrace, type ChromeTraceOptions, chromeTrace } from './trace/chrome-trace.js';
export { type WatchDog, type WatchDogOptions, watchDog } from './watch-dog/watch-dog.js';
export type { WatchDogReport } from './watch-dog/watch-dog-report.js';
