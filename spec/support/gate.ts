/**
 * A door that opens once: what specs use to let one task wait for another without depending on a primitive
 * that is itself under test. Built on `suspend` alone, with `foreign: false`, because only tasks of the same
 * run open it: a spec that forgets to do so ends in a `DeadlockError`, not in a time-out.
 */
import { type Effect, suspend } from 'treadle';

export class Gate {
  #waiting: (() => void)[] = [];
  #isOpen = false;

  open(): void {
    this.#isOpen = true;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  wait(): Effect<void> {
    return suspend<void>(
      (resume) => {
        if (this.#isOpen) resume();
        else this.#waiting.push(resume);
      },
      { foreign: false },
    );
  }
}

/** A wait that nothing ends: only cancellation does, or the detection of deadlocks (L5). */
export const parked: Effect<never> = suspend<never>(() => {}, { foreign: false });
