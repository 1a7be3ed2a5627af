/**
 * Where a loop gets its clock and its turns from. The loop asks; it never knows which backend it has.
 *
 * A run connects to its backend once, with a function `turn` that does a bounded slice of the run's work. From
 * then on exactly one of these is true, and the connection sees to it that `turn` is called:
 *
 *     soon()    something became ready while no turn was going on or asked for: call it once the present host
 *               callback is over, before the host's next one. Never call it inline.
 *     later()   the slice is used up and there is more to do: call it after the host has served its own timers
 *               and sockets.
 *     idle()    nothing is ready. Call it at `deadline`; if that is Infinity there is nothing to call it for.
 */
export interface Backend {
  readonly name: string;
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Connects one run. */
  connect(turn: () => void): Connection;
}

export interface Connection {
  soon(): void;
  later(): void;
  /**
   * No task is ready. `foreign` is the number of open waits that something outside the loop will end (they call
   * `soon` through the loop); while it is not 0 a virtual clock must not jump. `keepAlive`: the host must not
   * exit though no timer is due, because a task sleeps for ever.
   */
  idle(deadline: number, foreign: number, keepAlive: boolean): void;
  /** The run is over: no timer or callback may be left. */
  close(): void;
}
