/** What a stepper sees of coroutines by means of the inspector: everything that JavaScript itself does not tell. */
import type { Coroutine } from '../../kernel/effect.js';
import type { Delegations } from '../inspect/stack-depths.js';
import type { TaskSnapshot } from '../inspect/task-snapshot.js';
import type { SourceLocation } from '../source/source-location.js';
import type { StoppingLines } from './breakpoints.js';
import type { SteppedLoop } from './stepped-loop.js';

export interface Sight extends Delegations {
  /** To whom a coroutine has delegated by native `yield*`, from the outermost to the one that runs. */
  delegates(generator: Coroutine<unknown>): readonly Coroutine<unknown>[];
  /** Where it is suspended; of one that has ended, where its function was declared. */
  location(generator: Coroutine<unknown>): SourceLocation | undefined;
  /** Where its function was declared. */
  declaration(generator: Coroutine<unknown>): SourceLocation | undefined;
  functionName(generator: Coroutine<unknown>): string | undefined;
  readonly stoppingLines: StoppingLines;
  /** Calls the work of a turn, watching who delegates to whom. */
  watching(work: () => void): void;
  tasks(loop: SteppedLoop, id?: number): readonly TaskSnapshot[];
}
