/** The end of a run that is not to be stepped to its end: main is cancelled, and clean-up code runs through. */
import { Cancelled } from '../../base/cancelled.js';
import { listWaits } from '../../kernel/deadlock.js';
import type { Task } from '../../kernel/task.js';
import type { Mover, SteppedLoop } from './stepped-loop.js';

/** Steps that clean-up may take: who goes on for longer refuses to end. */
const PATIENCE = 100_000;

export class CleanUp implements Mover {
  outcome: { readonly ok: boolean; readonly value: unknown } | null = null;
  /** Called when all is over. */
  onEnd: () => void = () => {};
  private readonly loop: SteppedLoop;
  private left: number;
  private own: Cancelled | null = null;

  constructor(loop: SteppedLoop, patience = PATIENCE) {
    this.loop = loop;
    this.left = patience;
    loop.mover = this;
  }

  /** Sets the loop going. Turns must come, from the caller or from the connection, until it stands still. */
  begin(reason: string): void {
    const main = this.loop.main as Task;
    main.cancelBecause(Cancelled.create(`${this.loop.name} was cancelled: ${reason}`, reason, main));
    this.own = main.own;
    this.loop.go(null);
  }

  beforeStep(): void {}

  afterStep(): boolean {
    return --this.left > 0;
  }

  ended(ok: boolean, value: unknown): void {
    this.outcome = { ok, value };
  }

  over(): void {
    this.onEnd();
  }

  /** Throws what went wrong: tasks that refuse to end, or the error with which clean-up has failed. */
  check(): void {
    const { outcome, loop } = this;
    if (outcome === null) {
      const tasks = listWaits(loop.main as Task);
      const error = new Error(
        `${loop.name} was cancelled and does not end: after ${PATIENCE} steps of clean-up these tasks are left:\n${tasks}\n` +
          'A task that catches Cancelled must not go on as if nothing had happened: rethrow it, or return.',
      );
      loop.crash(error); // the run is over all the same: no timer or listener of it is left
      throw error;
    }
    if (!outcome.ok && outcome.value !== this.own && outcome.value !== loop.hopeless) throw outcome.value;
  }
}
