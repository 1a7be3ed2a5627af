/**
 * Tasks that something outside of a run makes ready, and no foreign wait: a task is started through a portal, an event
 * is set by promise code. At replay that code of the program may run too, sooner or later than it did; a task that it
 * makes ready is held until the recording says so. If it does not come, nothing is left but to wake the task with what
 * it was woken with then.
 */
import { Cancelled } from '../../base/cancelled.js';
import type { Task } from '../../kernel/task.js';
import { PARKED } from '../../kernel/task-state.js';
import type { ReplayTeller } from './divergence.js';
import type { ReplayOutside } from './outside.js';
import type { Between } from './recording.js';

/** So often the host may go on before it is given up that code of the program does it: for a new task, and another. */
const PATIENCE_FOR_NEW = 20;
const PATIENCE = 5;

export class ReplayArrivals {
  private readonly held = new Map<number, Task>();
  private readonly outside: ReplayOutside;
  private readonly teller: ReplayTeller;

  constructor(outside: ReplayOutside, teller: ReplayTeller) {
    this.outside = outside;
    this.teller = teller;
  }

  hold(task: Task): void {
    this.held.set(task.id, task);
  }

  /** Gives those that are held, or some of them, and holds them no more. */
  release(isWanted: (task: Task) => boolean = () => true): Task[] {
    const tasks = [...this.held.values()].filter(isWanted);
    for (const { id } of tasks) this.held.delete(id);
    return tasks;
  }

  /**
   * The task that is ready now, `task` being the one of that number if it lives. Null: it has become so by itself, or
   * been woken. Undefined: it is not to be had, and the host should go on; `waited` says how often it has.
   * @throws ReplayDivergence if it will not be had.
   */
  arrive(
    [, , , id, how, json]: Extract<Between, readonly ['ready', ...unknown[]]>,
    task: Task | undefined,
    waited: number,
  ): Task | null | undefined {
    const held = this.held.get(id);
    if (held !== undefined) {
      this.held.delete(id);
      return held;
    }
    const isNew = how === 'new';
    if (waited < (isNew ? PATIENCE_FOR_NEW : PATIENCE)) return undefined;
    if (task === undefined || isNew) {
      const what = isNew
        ? 'was spawned by code outside of the run, a callback perhaps'
        : 'was made ready from outside';
      throw this.teller.differs(`${this.teller.title(id)} ${what}`, 'nothing does that');
    }
    // What it waited for does not know of it.
    task.waiting?.abort(task, Cancelled.create('replayed', undefined, task));
    if (task.state !== PARKED) return null;
    const value = this.outside.decode(json, task.name);
    if (how === 'value') task.wake(value);
    else task.wakeThrowing(value);
    return null;
  }
}
