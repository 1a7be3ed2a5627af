/**
 * Bytes that have come and have not been asked for: added at the end, taken from the front.
 *
 *     bytes   [ . . . x x x x . . ]
 *                     ^start  ^end
 *
 * Adding copies each byte once, but for growth; taking copies it out, so that nobody holds on to the whole.
 */
const FIRST_CAPACITY = 1024;

export class ByteBuffer {
  private bytes = new Uint8Array(0);
  private start = 0;
  private end = 0;

  get length(): number {
    return this.end - this.start;
  }

  add(chunk: Uint8Array): void {
    const { length } = this;
    if (this.end + chunk.length > this.bytes.length) {
      let capacity = Math.max(this.bytes.length, FIRST_CAPACITY);
      while (capacity < length + chunk.length) capacity *= 2;
      const bytes = capacity === this.bytes.length ? this.bytes : new Uint8Array(capacity);
      bytes.set(this.bytes.subarray(this.start, this.end)); // `set` copes with overlapping ranges
      this.bytes = bytes;
      this.start = 0;
      this.end = length;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Takes out the first `count` bytes; there are that many. */
  take(count: number): Uint8Array {
    const taken = this.bytes.slice(this.start, this.start + count);
    this.drop(count);
    return taken;
  }

  /** Forgets the first `count` bytes; there are that many. */
  drop(count: number): void {
    this.start += count;
    if (this.start < this.end) return;
    this.start = 0;
    this.end = 0;
    if (this.bytes.length > FIRST_CAPACITY) this.bytes = new Uint8Array(0);
  }

  /** Where `pattern` begins, counted from the front, looking from `from` on; -1 if it is not there. */
  indexOf(pattern: Uint8Array, from: number): number {
    const { bytes, start } = this;
    const first = pattern[0] as number;
    const last = this.end - pattern.length;
    for (
      let at = bytes.indexOf(first, start + from);
      at >= 0 && at <= last;
      at = bytes.indexOf(first, at + 1)
    ) {
      let matched = 1;
      while (matched < pattern.length && bytes[at + matched] === pattern[matched]) matched++;
      if (matched === pattern.length) return at - start;
    }
    return -1;
  }
}
