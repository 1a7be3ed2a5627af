/** The frame that a condition or a log message of a breakpoint is about: not always the innermost. */
import { isEngineFile } from '../base/stack-text.js';
import type { FrameSnapshot } from '../debug/inspect/task-snapshot.js';
import type { Breakpoint, BreakpointConditions } from '../debug/stepper/breakpoint.js';
import { isEndOf } from '../debug/stepper/breakpoints.js';

/**
 * Where a task passes the `yield*` of a line on its way into another coroutine, the frame is that of the line.
 * @param line At which the breakpoint holds, if it is on a source line.
 */
export function frameOfBreakpoint(
  frames: readonly FrameSnapshot[],
  breakpoint: Breakpoint | undefined,
  line: number | undefined,
): FrameSnapshot | undefined {
  const { file, function: name }: BreakpointConditions =
    typeof breakpoint === 'object' && !('id' in breakpoint) ? breakpoint : {};
  const isMeant = (frame: FrameSnapshot): boolean =>
    line === undefined || file === undefined
      ? frame.name === name
      : frame.location?.line === line && isEndOf(file, frame.location.file);
  return (
    frames.find(isMeant) ?? frames.find(({ location }) => !isEngineFile(location?.file ?? '')) ?? frames[0]
  );
}
