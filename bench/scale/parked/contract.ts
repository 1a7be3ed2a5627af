export interface Parked {
  /** Milliseconds until all are parked. */
  readonly spawning: number;
  /** Bytes of live heap that they hold. */
  readonly heap: number;
  /** Milliseconds from the cancellation until all have unwound. */
  readonly cancelling: number;
  /** How many have unwound. */
  readonly unwound: number;
}

/** Parks `n` tasks inside a `try … finally`, calls `all` when they are, and cancels them. */
export type Park = (n: number, readHeap: () => number) => Promise<Parked>;
