/** What the files of the interpreter share. */
import type { Coroutine, Deadline } from 'treadle';
import { type Ending, returned, threw } from './ending.js';
import type { ModelScope, ModelTask } from './entities.js';
import type { Model } from './model.js';
import type { Block, Compound } from './programs.js';

/** What compound statements need of the interpreter: that it runs blocks. */
export interface Executor {
  readonly model: Model;
  execute(task: ModelTask, block: Block): Coroutine<void>;
}

export type Of<K extends Compound['do']> = Extract<Compound, { do: K }>;

/** Runs what is inside a scope, between the model's two marks, and gives `value`. */
export function* inside(
  it: Executor,
  task: ModelTask,
  scope: ModelScope,
  real: Deadline,
  block: Block,
  cancelReal?: () => void,
): Coroutine<string> {
  let ending: Ending | undefined;
  it.model.enter(task, scope, real, cancelReal);
  try {
    yield* it.execute(task, block);
    ending = returned(scope.label);
    return scope.label;
  } catch (error) {
    ending = threw(error);
    throw error;
  } finally {
    it.model.bodyEnded(task, scope, ending);
  }
}
