/** Lets the host go on for a turn of its own, or for some milliseconds. */
export function hostTurn(ms = 0): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });
}

/** Milliseconds between two looks whether something outside of the program has happened: longer and longer. */
const PAUSES = [0, 0, 1, 1, 2, 5, 10] as const;
const LONGEST = 20;
/** After so many looks it is for the program to keep the process alive: one that has come to its end says so. */
const PATIENT = 30;

/** Waits for the host again and again. */
export class HostWait {
  private count = 0;
  private seen: unknown;
  private wake: (() => void) | undefined;
  /** Nothing has happened since the look that was to be the last. */
  private isLast = false;

  /** `progress` is another one if something has happened since, and what is next may come soon. */
  next(progress?: unknown): Promise<void> {
    if (progress !== this.seen) this.reset();
    this.seen = progress;
    const pause = PAUSES[this.count++] ?? LONGEST;
    if (this.count <= PATIENT) return hostTurn(pause);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end(), pause).unref();
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
    });
  }

  reset(): void {
    this.count = 0;
    this.isLast = false;
  }

  /** Ends a wait that keeps nothing alive. */
  end(): void {
    this.wake?.();
  }

  /**
   * The process has nothing left to do. What did it last may have ended the wait, so there is another look; false: there
   * was one, and nothing has gone on since.
   */
  lookAgain(): boolean {
    if (this.wake === undefined || this.isLast) return false;
    this.isLast = true;
    setImmediate(() => {
      this.end();
      // Comes only if something keeps the process alive: then it may end the wait, and this was not the last look.
      setImmediate(() => {
        this.isLast = false;
      }).unref();
    });
    return true;
  }
}
