/** The foreign waits of a run that is recorded: how each ends, and how it answers to its cancellation. */
import type { Cancelled } from '../../base/cancelled.js';
import { KEEP_WAITING, type Starter } from '../../kernel/suspend.js';
import { encodeValue, type Json } from './encode-value.js';
import { readingBy } from './readings.js';
import type { AbortAnswer, How } from './recording.js';

/** The loop, as its waits see it. */
export interface Recorded {
  /** Tasks made ready so far. */
  readonly wakes: number;
  /** A starter has ended its wait at once, or thrown. */
  started(wait: number, how: How | 'threw', value: Json): void;
  /** A wait has ended, when so many tasks had been made ready. */
  ended(wait: number, how: How, value: Json, wakes: number): void;
  aborted(wait: number, answer: AbortAnswer, value: Json): void;
}

interface Wait {
  readonly number: number;
  isStarting: boolean;
  /** While its abort function is called: what that has ended it with. */
  abort: { ended: { how: How; value: unknown } | null } | null;
  cancelled: Cancelled | undefined;
}

export class RecordWaits {
  /** Ends of waits are under way: what they make ready needs no line of its own. */
  ending = 0;
  private readonly loop: Recorded;
  private count = 0;

  constructor(loop: Recorded) {
    this.loop = loop;
  }

  /** The number of a wait that begins. */
  begin(): number {
    return ++this.count;
  }

  /** The starter, with all that may come of it led past here. What it reads counts only if it is code of the program. */
  watched(starter: Starter<unknown>, isProgram: boolean): Starter<unknown> {
    return (resume, fail) => {
      const wait: Wait = { number: this.begin(), isStarting: true, abort: null, cancelled: undefined };
      let abort: unknown;
      const start = (): unknown =>
        starter(
          (value) => this.end(wait, 'value', value, resume),
          (error) => this.end(wait, 'error', error, fail),
        );
      try {
        abort = isProgram ? start() : readingBy(null, start);
      } catch (error) {
        this.loop.started(wait.number, 'threw', encodeValue(error));
        throw error;
      }
      wait.isStarting = false;
      return (cancelled) => this.abort(wait, abort, cancelled);
    };
  }

  private end(wait: Wait, how: How, value: unknown, settle: (value: unknown) => void): void {
    const { loop } = this;
    const { wakes } = loop;
    this.ending++;
    try {
      settle(value);
    } finally {
      this.ending--;
    }
    if (loop.wakes === wakes) return; // too late: the wait was over
    if (wait.abort !== null) {
      wait.abort.ended = { how, value };
      return;
    }
    const json = encodeValue(value, wait.cancelled);
    if (wait.isStarting) loop.started(wait.number, how, json);
    else loop.ended(wait.number, how, json, wakes);
  }

  private abort(wait: Wait, inner: unknown, cancelled: Cancelled): unknown {
    const { loop } = this;
    const abort: Wait['abort'] = { ended: null };
    wait.abort = abort;
    wait.cancelled = cancelled;
    try {
      const answer: unknown =
        typeof inner === 'function'
          ? readingBy(null, () => (inner as (cancelled: Cancelled) => unknown)(cancelled))
          : undefined;
      const { ended } = abort;
      if (ended !== null)
        loop.aborted(wait.number, `ended ${ended.how}`, encodeValue(ended.value, cancelled));
      else loop.aborted(wait.number, answer === KEEP_WAITING ? 'kept' : 'gave up', null);
      return answer;
    } catch (error) {
      loop.aborted(wait.number, 'threw', encodeValue(error, cancelled));
      throw error;
    } finally {
      wait.abort = null;
    }
  }
}
