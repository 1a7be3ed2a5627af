/** The door `treadle/testing`: what specs of concurrent programs need. */
export { VirtualBackend, type VirtualBackendOptions } from '../backends/virtual.js';
export {
  type CancelEverywhereOptions,
  type CancelEverywhereReport,
  cancelEverywhere,
} from './cancel-everywhere.js';
export { assertCheckpoints, assertNoCheckpoints } from './checkpoints.js';
export {
  type CoroutineTest,
  type CoroutineTestOptions,
  type CoroutineTests,
  coroutineTests,
  type TestBody,
  type TestFramework,
} from './coroutine-tests.js';
export { type LeakOptions, type LeakWatch, watchLeaks } from './leaks.js';
export { type Recorder, type RecorderOptions, recorder } from './recorder.js';
export { Sequencer } from './sequencer.js';
export type { Trial, Watchable } from './trial.js';
export { waitAllTasksBlocked } from './wait-all-tasks-blocked.js';
