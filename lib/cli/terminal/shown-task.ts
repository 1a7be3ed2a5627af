/**
 * The task that has moved last, as it stands. A coroutine that has thrown is gone, but its error remembers where it
 * was made: if that was in this coroutine, the place is shown as its frame.
 */
import { ownerOf, readStack } from '../../base/stack-text.js';
import { parseFrame } from '../../debug/errors/stack-frame.js';
import type { FrameSnapshot, Variable } from '../../debug/inspect/task-snapshot.js';
import { mappedFrames } from '../../debug/source/stack-maps.js';
import type { Step } from '../../debug/stepper/step.js';

const GONE: readonly Variable[] = [];

/** Whether it is the frame of a coroutine that has thrown. */
export function isThrown({ locals }: FrameSnapshot): boolean {
  return locals === GONE;
}

/** Where the coroutine of this step has thrown, as far as the error tells. */
export function thrownFrame({ kind, value, function: name }: Step): FrameSnapshot | undefined {
  if (kind !== 'threw' || !(value instanceof Error)) return undefined;
  const frames = mappedFrames(readStack(value).frames)
    .filter((line) => ownerOf(line) === 'user')
    .flatMap((line) => parseFrame(line) ?? []);
  const [top] = frames;
  // An error may have been made anywhere, and be thrown here only.
  const isHere = frames.some((frame) => frame.name === name || frame.name.endsWith(`.${name}`));
  if (top === undefined || !isHere) return undefined;
  return {
    name: top.name === '' ? '(anonymous)' : top.name,
    entered: 'task',
    location: top.location,
    locals: GONE,
  };
}
