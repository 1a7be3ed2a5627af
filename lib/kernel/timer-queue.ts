/**
 * The deadlines of a run, earliest first: a 4-ary heap whose entries know their place in it.
 *
 * Most timeouts never fire: they are armed, the operation ends, they are disarmed. So disarming is as cheap as
 * arming: an entry that knows its index is taken out at once (a timeout armed last is the heap's last leaf, and
 * goes for nothing), and nothing dead is ever left in the queue. Four children a node instead of two halve the
 * depth, and the siblings compared lie side by side in memory.
 *
 * Equal deadlines fire in order of arming (rule L6): `order` counts the armings.
 */
const OUT = -1;

export abstract class Timer {
  /** When it fires, on the backend's clock. Finite while the timer is in the queue. */
  deadline: number;
  /** Its place in the heap, or -1 when it is in none: at most one queue holds a timer. */
  index: number = OUT;
  order = 0;

  constructor(deadline: number) {
    this.deadline = deadline;
  }

  get isArmed(): boolean {
    return this.index !== OUT;
  }

  /** Called once the clock has reached the deadline; the timer has left the queue. */
  abstract fire(): void;
}

function isEarlier(one: Timer, other: Timer): boolean {
  return one.deadline < other.deadline || (one.deadline === other.deadline && one.order < other.order);
}

export class TimerQueue {
  private readonly heap: Timer[] = [];
  private armings = 0;

  get length(): number {
    return this.heap.length;
  }

  /** The earliest deadline, or Infinity when no timer is armed. */
  get deadline(): number {
    const first = this.heap[0];
    return first === undefined ? Infinity : first.deadline;
  }

  /** Puts a timer in. Its deadline is finite and it is in no queue. */
  arm(timer: Timer): void {
    timer.order = this.armings++;
    this.heap.push(timer);
    this.rise(timer, this.heap.length - 1);
  }

  /** Takes a timer out; does nothing if it is not in. */
  disarm(timer: Timer): void {
    const index = timer.index;
    if (index === OUT) return;
    timer.index = OUT;
    const last = this.heap.pop() as Timer;
    if (last === timer) return;
    const above = this.heap[(index - 1) >> 2];
    if (index > 0 && isEarlier(last, above as Timer)) this.rise(last, index);
    else this.sink(last, index);
  }

  /** Takes out the earliest timer if it is due at `now`, else gives undefined. */
  takeDue(now: number): Timer | undefined {
    const first = this.heap[0];
    if (first === undefined || first.deadline > now) return undefined;
    this.disarm(first);
    return first;
  }

  private rise(timer: Timer, index: number): void {
    const heap = this.heap;
    while (index > 0) {
      const aboveIndex = (index - 1) >> 2;
      const above = heap[aboveIndex] as Timer;
      if (!isEarlier(timer, above)) break;
      heap[index] = above;
      above.index = index;
      index = aboveIndex;
    }
    heap[index] = timer;
    timer.index = index;
  }

  private sink(timer: Timer, index: number): void {
    const heap = this.heap;
    const length = heap.length;
    for (;;) {
      const firstBelow = index * 4 + 1;
      if (firstBelow >= length) break;
      let least = heap[firstBelow] as Timer;
      let leastIndex = firstBelow;
      const end = Math.min(firstBelow + 4, length);
      for (let at = firstBelow + 1; at < end; at++) {
        const below = heap[at] as Timer;
        if (isEarlier(below, least)) {
          least = below;
          leastIndex = at;
        }
      }
      if (!isEarlier(least, timer)) break;
      heap[index] = least;
      least.index = index;
      index = leastIndex;
    }
    heap[index] = timer;
    timer.index = index;
  }
}
