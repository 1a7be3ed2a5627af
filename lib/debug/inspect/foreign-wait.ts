/** A program that is stepped on the virtual clock waits for something outside of itself. */
import { nameErrors } from '../../base/errors.js';
import { listWaits } from '../../kernel/deadlock.js';
import type { Task } from '../../kernel/task.js';

/** Thrown by a motion: the run stands where it stood, and goes on if the wait has ended by the next motion. */
export class ForeignWaitError extends Error {
  static {
    nameErrors(ForeignWaitError, 'ForeignWaitError');
  }

  /** @param first What else is to go on before the run can, if that is why. */
  constructor(main: Task, first?: string) {
    super(
      first !== undefined
        ? `${first} goes on first, as it did when it was recorded: move it, or let the host go on ` +
            '(await something) and step again.'
        : `no task is ready, and tasks wait for something outside of the run:\n${listWaits(main)}\n` +
            "A synchronous stepper cannot wait for it: step with { backend: 'node' }, or let the host go on " +
            '(await what is waited for) and step again.',
    );
  }
}
