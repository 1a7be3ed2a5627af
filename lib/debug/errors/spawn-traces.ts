/**
 * Where tasks were spawned, as source lines. The core keeps names only, for a stack at each spawn costs more than the
 * spawn. Who wants the lines installs this instrument; it keeps the stack of each spawn as V8 has captured it, and
 * makes a text of it when it is asked for.
 *
 *     await run(main, { instruments: [spawnTraces()] });
 *
 *     Error: no such user
 *         at fetchUser (app.ts:12:9)
 *         in task fetchUser (#3), spawned at app.ts:30:8
 *         by task main (#1), spawned at app.ts:41:7
 */

import { ownerOf, readStack } from '../../base/stack-text.js';
import type { Instrument, TaskInfo } from '../../kernel/instrument.js';
import { Task } from '../../kernel/task.js';
import { FAILED } from '../../kernel/task-state.js';
import type { SourceLocation } from '../source/source-location.js';
import { mappedFrames } from '../source/stack-maps.js';
import { parseFrame } from './stack-frame.js';

/** Frames that are captured: those of the engine above the spawn, and the user's below helpers such as `map`. */
const FRAMES = 40;
/** Tasks in a path, as in `kernel/trail.ts`. */
const LONGEST_PATH = 12;

/** A task that an error has left, or that has spawned such a task. */
export interface SpawnPlace {
  readonly id: number;
  readonly name: string;
  /** Undefined if the spawn was not seen, or no code of the user's was on the stack. */
  readonly location: SourceLocation | undefined;
}

/** Who awaits, in a package of others: it had the spawn done, long before, by somebody who is not on the stack any more. */
const ASYNC_OF_OTHERS = /^ {4}at async .*[\\/]node_modules[\\/]/;

type Capture = Error | SourceLocation | undefined;

const captures = new WeakMap<TaskInfo, Capture>();
const paths = new WeakMap<object, readonly TaskInfo[]>();

/**
 * Makes an instrument that notes where each task of its run is spawned: for `formatError`, the reports of
 * `watchDog`, and the snapshots of `inspectTasks`. Costs some microseconds a spawn: for debugging.
 *
 * @example
 *     run(main, { instruments: [spawnTraces()] }).catch((error) => console.error(formatError(error)));
 */
export function spawnTraces(): Instrument {
  return {
    spawn(task) {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = FRAMES;
      captures.set(task, new Error('spawned'));
      Error.stackTraceLimit = limit;
    },
    exit(task) {
      if (task instanceof Task && task.state === FAILED) noteError(task.value, task);
    },
  };
}

function noteError(error: unknown, task: Task): void {
  if (typeof error !== 'object' || error === null || paths.has(error)) return;
  const path: TaskInfo[] = [];
  for (let at: Task | null = task; at !== null && path.length < LONGEST_PATH; at = at.owner.hostTask)
    path.push(at);
  paths.set(error, path);
}

/** Where the task was spawned; undefined unless its run has `spawnTraces()` among its instruments. */
export function spawnLocation(task: TaskInfo): SourceLocation | undefined {
  const capture = captures.get(task);
  if (!(capture instanceof Error)) return capture;
  const frames = mappedFrames(readStack(capture).frames);
  const frame = frames.find((line) => ownerOf(line) === 'user' && !ASYNC_OF_OTHERS.test(line));
  const location = frame === undefined ? undefined : parseFrame(frame)?.location;
  captures.set(task, location);
  return location;
}

/** The task that an error has left first, the one that spawned it, and so on up to the run; undefined if not seen. */
export function spawnPath(error: unknown): readonly SpawnPlace[] | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return paths.get(error)?.map((task) => ({ id: task.id, name: task.name, location: spawnLocation(task) }));
}
