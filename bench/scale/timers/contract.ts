export interface Settings {
  /** Timers, all armed at first; they fall due evenly over `seconds`, from `delay` milliseconds on. */
  readonly timers: number;
  readonly delay: number;
  readonly seconds: number;
  /** Loops that keep the process busy all the while. */
  readonly busy: number;
  /** What such a loop does between giving others a turn. */
  readonly work: () => void;
  /** Called when all are armed. */
  readonly armed: () => void;
  /** Called for each timer with the milliseconds by which it is late. */
  readonly fired: (lateness: number) => void;
}

export type Timers = (settings: Settings) => Promise<void>;

/** Milliseconds after `delay` at which the i-th timer is due: in no order, as in life. */
export function dueAt({ timers, delay, seconds }: Settings, i: number): number {
  return delay + (((i * 7919) % timers) / timers) * seconds * 1000;
}
