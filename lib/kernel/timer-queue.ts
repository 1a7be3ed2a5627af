/**
 * The deadlines of a run, earliest first: a 4-ary heap whose entries know their place in it.
 *
 * Most timeouts never fire: they are armed, the operation ends, they are disarmed. So disarming is as cheap as
 * arming: an entry that knows its index is taken out at once (a timeout armed last is the heap's last leaf, and
 * goes for nothing), and nothing dead is ever left in the queue.
 *
 * What is compared lies in typed arrays, apart from the entries: with 100,000 sleepers each step down the heap
 * would otherwise miss the cache once per child. Four children a node instead of two halve the depth, and their
 * keys share a cache line.
 *
 *     deadlines  [ 10 | 12 30 11 15 | 40 … ]      children of i: 4i+1 … 4i+4
 *     orders     [  7 |  3  9  8  1 |  2 … ]      equal deadlines fire in order of arming (rule L6)
 *     entries    [  a |  b  c  d  e |  f … ]      entries[i].timerIndex === i
 */

/** A task that sleeps, or a scope with a deadline: at most one queue holds it, at most once. */
export interface Timed {
  /** Its place in the heap; NOT_ARMED when it is in none. Only the queue writes it. */
  timerIndex: number;
  /** Called once the clock has reached the deadline; the entry has left the queue. */
  fire(): void;
}

export const NOT_ARMED = -1;
const FIRST_CAPACITY = 64;

export class TimerQueue {
  /** Never cut: it costs less to write null than to shorten it. */
  private readonly entries: (Timed | null)[] = [];
  private size = 0;
  private deadlines = new Float64Array(0);
  private orders = new Float64Array(0);
  private armings = 0;

  get length(): number {
    return this.size;
  }

  /** The earliest deadline, or Infinity when nothing is armed. */
  get deadline(): number {
    return this.size === 0 ? Infinity : (this.deadlines[0] as number);
  }

  /** The deadline of an armed entry; Infinity for any other. */
  deadlineOf(entry: Timed): number {
    return entry.timerIndex === NOT_ARMED ? Infinity : (this.deadlines[entry.timerIndex] as number);
  }

  /** Puts an entry in that is in no queue. The deadline is finite. */
  arm(entry: Timed, deadline: number): void {
    const index = this.size;
    if (index === this.entries.length) this.grow();
    this.size = index + 1;
    this.rise(entry, deadline, this.armings++, index);
  }

  /** Takes an entry out; does nothing if it is not in. */
  disarm(entry: Timed): void {
    const index = entry.timerIndex;
    if (index === NOT_ARMED) return;
    entry.timerIndex = NOT_ARMED;
    const lastIndex = this.size - 1;
    const last = this.entries[lastIndex] as Timed;
    this.entries[lastIndex] = null;
    this.size = lastIndex;
    if (last === entry) return;
    const deadline = this.deadlines[lastIndex] as number;
    const order = this.orders[lastIndex] as number;
    if (index > 0 && this.isBefore(deadline, order, (index - 1) >> 2))
      this.rise(last, deadline, order, index);
    else this.sink(last, deadline, order, index);
  }

  /** Takes out the earliest entry if it is due at `now`, else gives undefined. */
  takeDue(now: number): Timed | undefined {
    if (this.size === 0 || (this.deadlines[0] as number) > now) return undefined;
    const first = this.entries[0] as Timed;
    this.disarm(first);
    return first;
  }

  /** Whether an entry with this deadline and order comes before the one at `index`. */
  private isBefore(deadline: number, order: number, index: number): boolean {
    const other = this.deadlines[index] as number;
    return deadline < other || (deadline === other && order < (this.orders[index] as number));
  }

  private put(entry: Timed, deadline: number, order: number, index: number): void {
    this.entries[index] = entry;
    this.deadlines[index] = deadline;
    this.orders[index] = order;
    entry.timerIndex = index;
  }

  /** Moves the entry at `from` to `to`. */
  private move(from: number, to: number): void {
    this.put(this.entries[from] as Timed, this.deadlines[from] as number, this.orders[from] as number, to);
  }

  private rise(entry: Timed, deadline: number, order: number, index: number): void {
    while (index > 0) {
      const above = (index - 1) >> 2;
      if (!this.isBefore(deadline, order, above)) break;
      this.move(above, index);
      index = above;
    }
    this.put(entry, deadline, order, index);
  }

  private sink(entry: Timed, deadline: number, order: number, index: number): void {
    const { deadlines, orders, size } = this;
    for (;;) {
      let least = index * 4 + 1;
      if (least >= size) break;
      const end = Math.min(least + 4, size);
      for (let below = least + 1; below < end; below++) {
        if (this.isBefore(deadlines[below] as number, orders[below] as number, least)) least = below;
      }
      if (this.isBefore(deadline, order, least)) break;
      this.move(least, index);
      index = least;
    }
    this.put(entry, deadline, order, index);
  }

  private grow(): void {
    const { length } = this.entries;
    const capacity = length === 0 ? FIRST_CAPACITY : length * 2;
    const { deadlines, orders } = this;
    this.deadlines = new Float64Array(capacity);
    this.deadlines.set(deadlines);
    this.orders = new Float64Array(capacity);
    this.orders.set(orders);
    for (let index = length; index < capacity; index++) this.entries.push(null);
  }
}
