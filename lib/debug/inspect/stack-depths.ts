/**
 * How deep in the stack of its task each coroutine stands. Counting the frames at each step would make a deep
 * recursion quadratic; but a step pushes or pops one frame at most, so the count follows along.
 *
 *     bases  [0, 1, 3]     the coroutine on top has 3 below it: the one of the task, and a frame's, which has
 *                          delegated to another one by native yield*
 */
import type { Coroutine } from '../../kernel/effect.js';
import type { Frame, Task } from '../../kernel/task.js';

/** Who knows what hides inside native `yield*`. */
export interface Delegations {
  delegates(generator: Coroutine<unknown>): readonly Coroutine<unknown>[];
}

interface Stack {
  frame: Frame | null;
  bases: number[];
}

export class StackDepths {
  private readonly stacks = new WeakMap<Task, Stack>();
  private readonly delegations: Delegations;

  constructor(delegations: Delegations) {
    this.delegations = delegations;
  }

  /** Notes that the task is about to run. True: its coroutine on top has come onto the stack since it last did. */
  enter(task: Task): boolean {
    const { frame } = task;
    const stack = this.stacks.get(task);
    if (stack === undefined) {
      this.stacks.set(task, { frame, bases: this.count(task) });
      return true;
    }
    const before = stack.frame;
    if (frame === before) return false;
    stack.frame = frame;
    if (frame !== null && frame.below === before) {
      stack.bases.push((stack.bases.at(-1) ?? 0) + this.height(task, frame.below));
      return true;
    }
    if (before !== null && before.below === frame) stack.bases.pop();
    else stack.bases = this.count(task);
    return false;
  }

  /** How many coroutines lie below the one on top, as of the last `enter`. */
  base(task: Task): number {
    return this.stacks.get(task)?.bases.at(-1) ?? 0;
  }

  private count(task: Task): number[] {
    const heights: number[] = [];
    for (let { frame } = task; frame !== null; frame = frame.below)
      heights.push(this.height(task, frame.below));
    const bases = [0];
    let base = 0;
    for (const height of heights.reverse()) {
      base += height;
      bases.push(base);
    }
    return bases;
  }

  /** How many coroutines a frame is: its own, and those to which it has delegated. */
  private height(task: Task, frame: Frame | null): number {
    return 1 + this.delegations.delegates(task.generatorOf(frame)).length;
  }
}
