/**
 * Where one task stands, in a line of source: a quick look by the inspector, for reports that come while the program
 * goes on. For all frames and variables of all tasks see `inspectTasks`.
 */
import { isEngineFile } from '../../base/stack-text.js';
import type { Coroutine } from '../../kernel/effect.js';
import type { Task } from '../../kernel/task.js';
import type { SourceLocation } from '../source/source-location.js';
import { delegatesOf } from './delegation.js';
import { examine, releaseHandles } from './examine-generators.js';
import { localSources } from './inspect-tasks.js';
import { askSync, evaluate, type Inquiry, type SyncInspector } from './inspector-protocol.js';
import { localInspector } from './local-inspector.js';

/** Where the coroutine is put for the inspector to find it. */
const SLOT = Symbol.for('treadle.located');

/** Coroutines on a task's stack that are looked at: those above the user's are the engine's, which are few. */
const LOOKS = 4;

/**
 * The yield that a task is suspended at, in the innermost function of the user's that is known: with
 * `watchDelegation()` also in those entered by JavaScript's own `yield*`, else at that `yield*`. Undefined for a task
 * that runs or has ended, and where there is no inspector.
 */
export function taskLocation(task: Task): SourceLocation | undefined {
  const inspector = localInspector();
  if (typeof inspector === 'string') return undefined;
  let { frame } = task;
  for (let looks = 0; looks < LOOKS; looks++) {
    const iterator = task.generatorOf(frame);
    const found = locationOf(delegatesOf(iterator).at(-1) ?? iterator, inspector);
    if (found !== undefined && !isEngineFile(found.file)) return found;
    if (frame === null) return undefined;
    frame = frame.below;
  }
  return undefined;
}

function locationOf(coroutine: Coroutine<unknown>, inspector: SyncInspector): SourceLocation | undefined {
  const slots = globalThis as { [SLOT]?: Coroutine<unknown> };
  slots[SLOT] = coroutine;
  try {
    return askSync(inspector, locate());
  } finally {
    delete slots[SLOT];
  }
}

function* locate(): Inquiry<SourceLocation | undefined> {
  const { objectId } = yield* evaluate(`globalThis[Symbol.for('treadle.located')]`);
  if (objectId === undefined) return undefined;
  const [examined] = yield* examine([objectId]);
  yield* releaseHandles();
  const position = examined?.position;
  if (position === undefined) return undefined;
  yield* localSources.scripts.learn([position.scriptId]);
  return localSources.locate(position);
}
