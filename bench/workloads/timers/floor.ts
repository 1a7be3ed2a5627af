import { performance } from 'node:perf_hooks';
import type { Sample } from '../../harness/contract.js';
import { type Body, drain, Group, type Request, spawn, type Task, wake } from '../../harness/floor.js';
import { delayOf } from '../timers.js';

/** One bucket a millisecond and one host timer: the least that can be armed. It is itself what sleepers yield. */
class Wheel implements Request {
  readonly #buckets = new Map<number, Task[]>();
  #now = Math.floor(performance.now());
  #ms = 0;

  /** For the yield that follows at once. */
  sleep(ms: number): Request {
    this.#ms = ms;
    return this;
  }

  start(task: Task): boolean {
    const due = this.#now + this.#ms;
    const bucket = this.#buckets.get(due);
    if (bucket === undefined) this.#buckets.set(due, [task]);
    else bucket.push(task);
    return false;
  }

  /** Wakes what is due; gives how long until the next one, or undefined when none is left. */
  turn(): number | undefined {
    this.#now = Math.floor(performance.now());
    let next = Number.POSITIVE_INFINITY;
    for (const [due, tasks] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      if (due > this.#now) {
        next = due;
        break;
      }
      this.#buckets.delete(due);
      for (const task of tasks) wake(task);
    }
    return next === Number.POSITIVE_INFINITY ? undefined : next - this.#now;
  }
}

function* sleeper(wheel: Wheel, i: number): Body {
  yield wheel.sleep(delayOf(i));
  return i;
}

function* main(wheel: Wheel, n: number): Body {
  const group = new Group();
  const sleepers: Task[] = [];
  for (let i = 0; i < n; i++) sleepers.push(group.spawn(sleeper(wheel, i)));
  yield group;
  let sum = 0;
  for (const task of sleepers) sum = (sum + (task.value as number)) | 0;
  return sum;
}

const sample: Sample = ({ n }) =>
  new Promise((resolve) => {
    const wheel = new Wheel();
    const task = spawn(main(wheel, n));
    function turn(): void {
      drain();
      const wait = wheel.turn();
      if (wait !== undefined) setTimeout(turn, wait);
      else if (task.body === undefined) resolve(task.value as number);
      else setImmediate(turn);
    }
    turn();
  });
export default sample;
