/** The plain frame, and how frames say what the task goes on with. What a frame is: see `task.ts`. */
import type { Coroutine } from './effect.js';
import type { Engine, Frame, Task } from './task.js';
import { RUNNING, THROWING } from './task-state.js';

/** The frame of a plain `call`. */
export class CallFrame implements Frame {
  readonly iterator: Coroutine<unknown>;
  readonly below: Frame | null;
  readonly label: { readonly name: string };

  constructor(iterator: Coroutine<unknown>, below: Frame | null, label: { readonly name: string }) {
    this.iterator = iterator;
    this.below = below;
    this.label = label;
  }

  returned(task: Task): boolean {
    task.frame = this.below;
    return true;
  }

  threw(task: Task, _loop: Engine, error: unknown): boolean {
    task.frame = this.below;
    task.state = THROWING;
    task.value = error;
    return true;
  }

  describe(): string {
    return this.label.name;
  }
}

/** What `threw` answers when the frame is popped: the generator below goes on with a value. */
export function goOnWith(task: Task, value: unknown): true {
  task.state = RUNNING;
  task.value = value;
  return true;
}

/** What `threw` answers when the frame is popped: the generator below gets an error. */
export function goOnThrowing(task: Task, error: unknown): true {
  task.state = THROWING;
  task.value = error;
  return true;
}
