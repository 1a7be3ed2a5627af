/** How long to wait before trying again: for `retry` and `supervise`. */
import { checkDuration } from '../base/durations.js';
import { checkNumber } from './checks.js';

export interface BackOffPolicy {
  /** Milliseconds before the second attempt, or a function of the attempt that failed (1, 2, …). */
  delay?: number | ((attempt: number) => number);
  /** Each delay is that many times the one before; 1 or more. Not applied to a function. */
  factor?: number;
  /** No delay is longer, in milliseconds. */
  maxDelay?: number;
  /** How much of a delay chance may take off: 0 (nothing) to 1 (all of it). */
  jitter?: number;
  /** Where chance starts, for delays that can be foretold; default: another one each time. */
  seed?: number;
}

export class BackOff {
  private readonly delay: number | ((attempt: number) => number);
  private readonly factor: number;
  private readonly maxDelay: number;
  private readonly jitter: number;
  private readonly seed: number | undefined;
  private readonly what: string;

  /** @throws TypeError, RangeError if something in the policy is out of its range; `what` names the function. */
  constructor(policy: BackOffPolicy, what: string, defaultMaxDelay: number) {
    const { delay = 100, factor = 2, maxDelay = defaultMaxDelay, jitter = 0, seed } = policy;
    if (typeof delay !== 'function') checkDuration(delay, `${what}'s delay`);
    checkDuration(maxDelay, `${what}'s maxDelay`);
    checkNumber(factor, `${what}'s factor`, 1, Number.MAX_VALUE);
    checkNumber(jitter, `${what}'s jitter`, 0, 1);
    if (seed !== undefined) checkNumber(seed, `${what}'s seed`, -Number.MAX_VALUE, Number.MAX_VALUE);
    this.delay = delay;
    this.factor = factor;
    this.maxDelay = maxDelay;
    this.jitter = jitter;
    this.seed = seed;
    this.what = what;
  }

  /** Gives a function from the number of the attempt that failed to the milliseconds to wait. */
  start(): (attempt: number) => number {
    const chance = this.seed === undefined ? Math.random : randomFrom(this.seed);
    return (attempt) => {
      let ms: number;
      if (typeof this.delay === 'function') {
        ms = this.delay(attempt);
        checkDuration(ms, `what ${this.what}'s delay(${attempt}) gives`);
      } else ms = this.delay === 0 ? 0 : this.delay * this.factor ** (attempt - 1);
      ms = Math.min(ms, this.maxDelay);
      return this.jitter === 0 ? ms : ms * (1 - this.jitter * chance());
    };
  }
}

/** Numbers from 0 up to 1 that look random and are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = Math.trunc(seed) ^ Math.imul(Math.trunc((seed % 1) * 0x7fffffff), 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
