/** So many at a time, first come first served; who waits can be told to give up. The platform has no such thing. */
interface Waiter {
  readonly wake: () => void;
  readonly fail: (reason: unknown) => void;
  hasGivenUp: boolean;
}

/** How many have to be gone before the line moves up: taking one off the front would move all others. */
const GAP = 1000;

export class Limiter {
  borrowed = 0;
  waiting = 0;
  private readonly total: number;
  private line: Waiter[] = [];
  private first = 0;

  constructor(total: number) {
    this.total = total;
  }

  async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.borrowed < this.total) {
      this.borrowed++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        waiter.hasGivenUp = true;
        this.waiting--;
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiter: Waiter = { wake, fail: reject, hasGivenUp: false };
      this.waiting++;
      this.line.push(waiter);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Hands the permit on to whoever has waited longest. */
  release(): void {
    while (this.first < this.line.length) {
      const waiter = this.line[this.first++];
      if (this.first >= GAP && this.first * 2 > this.line.length) {
        this.line = this.line.slice(this.first);
        this.first = 0;
      }
      if (waiter === undefined || waiter.hasGivenUp) continue;
      this.waiting--;
      waiter.wake();
      return;
    }
    this.borrowed--;
  }

  /** For waits without a signal of their own. */
  giveUpAll(reason: unknown): void {
    for (const { fail } of this.line.slice(this.first)) fail(reason);
    this.line = [];
    this.first = 0;
    this.waiting = 0;
  }
}
