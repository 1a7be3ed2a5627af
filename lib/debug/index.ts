/** `treadle/debug`: looking into runs and stepping them by hand. */
export type { Breakpoint, BreakpointConditions } from './breakpoint.js';
export type { SourceLocation } from './source-location.js';
export type { Step } from './step.js';
export type { AsyncStepper, Stepper } from './stepper-contract.js';
export type { FrameSnapshot, ScopeSnapshot, TaskSnapshot, TaskState, Variable } from './task-snapshot.js';
