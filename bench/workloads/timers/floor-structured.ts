import { performance } from 'node:perf_hooks';
import type { Sample } from '../../harness/contract.js';
import {
  type Body,
  drain,
  Group,
  push,
  type Request,
  spawn,
  type Task,
} from '../../harness/structured-floor.js';
import { delayOf } from '../timers.js';

/** One bucket a millisecond and one host timer. A sleep must not be short, so each looks at the clock. */
class Wheel {
  private readonly buckets = new Map<number, Task[]>();

  arm(due: number, task: Task): void {
    const ms = Math.ceil(due);
    const bucket = this.buckets.get(ms);
    if (bucket === undefined) this.buckets.set(ms, [task]);
    else bucket.push(task);
  }

  /** Wakes what is due; gives how long until the next one, or undefined when none is left. */
  turn(): number | undefined {
    const now = performance.now();
    for (const [due, tasks] of [...this.buckets].sort(([a], [b]) => a - b)) {
      if (due > now) return due - now;
      this.buckets.delete(due);
      for (const task of tasks) push(task);
    }
    return undefined;
  }
}

class Sleep implements Request {
  private readonly wheel: Wheel;
  private readonly ms: number;

  constructor(wheel: Wheel, ms: number) {
    this.wheel = wheel;
    this.ms = ms;
  }

  start(task: Task): boolean {
    this.wheel.arm(performance.now() + this.ms, task);
    return false;
  }
}

function* sleeper(wheel: Wheel, i: number): Body {
  yield new Sleep(wheel, delayOf(i));
  return i;
}

function* main(wheel: Wheel, n: number): Body {
  const sleepers = (yield new Group(function* (group): Body {
    const handles: Task[] = [];
    for (let i = 0; i < n; i++) handles.push(group.spawn(sleeper, wheel, i));
    return handles;
  })) as Task[];
  let sum = 0;
  for (const task of sleepers) sum = (sum + (task.value as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) =>
  new Promise((resolve) => {
    const wheel = new Wheel();
    const task = spawn(main, wheel, n);
    function turn(): void {
      drain();
      const wait = wheel.turn();
      if (wait !== undefined) setTimeout(turn, Math.ceil(wait));
      else if (task.body === null) resolve(task.value as number);
      else setImmediate(turn);
    }
    turn();
  });
export default sample;
