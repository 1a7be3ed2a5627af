/** Where the runner is, and how long it will still take: one line that is rewritten, or one every half minute. */

const PLAIN_INTERVAL_MS = 30_000;

/** Foresees that a pair takes as long as it did last time, and one not yet measured as long as the others on average. */
export class Progress {
  private readonly known = new Map<unknown, number>();
  private readonly left: unknown[];
  private readonly total: number;
  private said = Date.now();

  constructor(order: readonly unknown[]) {
    this.left = [...order];
    this.total = order.length;
  }

  /** Runs the next piece of work, which must come in the order given. */
  async measure(pair: unknown, name: string, work: () => Promise<void>): Promise<void> {
    this.say(name);
    const start = Date.now();
    await work();
    this.known.set(pair, Date.now() - start);
    this.left.splice(this.left.indexOf(pair), 1);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }

  private say(name: string): void {
    const text = `${this.total - this.left.length + 1} of ${this.total}: ${name}${this.timeLeft()}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
    else if (Date.now() - this.said > PLAIN_INTERVAL_MS) {
      this.said = Date.now();
      process.stderr.write(`${text}\n`);
    }
  }

  private timeLeft(): string {
    if (this.known.size === 0) return '';
    let sum = 0;
    for (const ms of this.known.values()) sum += ms;
    const mean = sum / this.known.size;
    let left = 0;
    for (const pair of this.left) left += this.known.get(pair) ?? mean;
    const seconds = Math.ceil(left / 1000);
    return `, ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`;
  }
}
