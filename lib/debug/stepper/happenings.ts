/** The instrument that tells a stepper what happened in a step, beside what the coroutine itself did. */
import type { Instrument, TaskInfo } from '../../kernel/instrument.js';

/** What nearly every list is: none is made for it. */
const NOBODY: TaskInfo[] = [];

/** A task as plain data: it stays as it was. */
export function infoOf({ id, name, parentId }: TaskInfo): TaskInfo {
  return { id, name, parentId };
}

function add(list: TaskInfo[], task: TaskInfo): TaskInfo[] {
  if (list === NOBODY) return [infoOf(task)];
  list.push(infoOf(task));
  return list;
}

export class Happenings implements Instrument {
  spawned = NOBODY;
  cancelled = NOBODY;
  ended = NOBODY;

  spawn(task: TaskInfo): void {
    this.spawned = add(this.spawned, task);
  }

  cancel(task: TaskInfo): void {
    this.cancelled = add(this.cancelled, task);
  }

  exit(task: TaskInfo): void {
    this.ended = add(this.ended, task);
  }

  /** Begins the next step. */
  clear(): void {
    this.spawned = NOBODY;
    this.cancelled = NOBODY;
    this.ended = NOBODY;
  }
}
