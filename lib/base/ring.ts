/**
 * A growing ring buffer: first in, first out, O(1), no allocation but for growth. Stream buffers are such. (The ready
 * queue is a list through the tasks: see `kernel/ready-queue.ts`.)
 *
 *     slots   [ . . c d e . . . ]     length is a power of two, so that `& mask` replaces a modulo
 *                   ^head   ^tail     head and tail only grow; both wrap at 2^30, a multiple of every length
 */
const WRAP = (1 << 30) - 1;
const FIRST_LENGTH = 16;
/** The slots of a ring that has held nothing yet: most streams hand over at once, and 176 bytes each are saved. */
const NONE: undefined[] = [];
/** A ring that has once been this long gives its memory back when it runs empty. */
const SHRINK_ABOVE = 1 << 16;

export class Ring<T> {
  private slots: (T | undefined)[] = NONE;
  /** The length of the slots, less one. */
  private mask = -1;
  private head = 0;
  private tail = 0;

  get length(): number {
    return (this.tail - this.head) & WRAP;
  }

  get isEmpty(): boolean {
    return this.head === this.tail;
  }

  push(item: T): void {
    if (((this.tail - this.head) & WRAP) > this.mask) this.grow();
    this.slots[this.tail & this.mask] = item;
    this.tail = (this.tail + 1) & WRAP;
  }

  /** Takes out the oldest item. The ring must not be empty: callers have just looked. */
  shift(): T {
    const at = this.head & this.mask;
    const item = this.slots[at] as T;
    this.slots[at] = undefined; // what has left the queue must be free to be collected
    this.head = (this.head + 1) & WRAP;
    if (this.mask >= SHRINK_ABOVE && this.head === this.tail) this.resize(FIRST_LENGTH);
    return item;
  }

  private grow(): void {
    this.resize(this.slots === NONE ? FIRST_LENGTH : (this.mask + 1) * 2);
  }

  private resize(length: number): void {
    const count = this.length;
    const slots = new Array<T | undefined>(length).fill(undefined);
    for (let index = 0; index < count; index++) slots[index] = this.slots[(this.head + index) & this.mask];
    this.slots = slots;
    this.mask = length - 1;
    this.head = 0;
    this.tail = count;
  }
}
