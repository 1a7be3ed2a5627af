/**
 * The foreign waits of a replay. Each is numbered as it was when it was recorded, by the order of their beginnings;
 * nothing is begun outside, and how it ends, and how it answers to its cancellation, is in the recording.
 */
import type { Cancelled } from '../../base/cancelled.js';
import { KEEP_WAITING, type Starter, type SuspendOptions } from '../../kernel/suspend.js';
import type { Json } from './encode-value.js';
import { insulated } from './insulate.js';
import type { ReplayOutside } from './outside.js';
import { readingBy } from './readings.js';
import type { How } from './recording.js';
import type { ReplayScript } from './script.js';

/** A wait that was begun. */
interface Wait {
  readonly title: string;
  readonly resume: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
  cancelled: Cancelled | undefined;
  /** What the program's own starter gave, to be called when the wait is cancelled. */
  giveUp: ((cancelled: Cancelled) => unknown) | undefined;
}

export class ReplayWaits {
  private readonly script: ReplayScript;
  private readonly outside: ReplayOutside;
  private readonly waits = new Map<number, Wait>();
  private count = 0;
  private isLeft = false;

  constructor(script: ReplayScript, outside: ReplayOutside) {
    this.script = script;
    this.outside = outside;
  }

  /** Nothing more comes from the recording: no wait ends any more, but all can be given up. */
  leave(): void {
    this.isLeft = true;
  }

  /**
   * What stands in the place of a wait's own starter. One that is code of the program, `own`, or calls it, is called all
   * the same: it may start tasks of the run, or change what the program sees. How the wait ends is not for it to say.
   */
  starterOf(title: string, options: SuspendOptions | undefined, own?: Starter<unknown>): Starter<unknown> {
    return (resume, fail) => {
      // The promise is there, and nobody waits for it: that it rejects must not end the process.
      if (options?.description === 'until(promise)') options.whenCancelled?.();
      const number = ++this.count;
      const wait: Wait = { title, resume, fail, cancelled: undefined, giveUp: undefined };
      this.waits.set(number, wait);
      if (own !== undefined) wait.giveUp = begin(own);
      this.start(number, wait);
      return (cancelled) => this.abort(number, wait, cancelled);
    };
  }

  /** Ends a wait, if it has not ended. False: it has not begun. */
  end(number: number, how: How, json: Json): boolean {
    const wait = this.waits.get(number);
    if (wait === undefined) return number <= this.count;
    this.waits.delete(number);
    this.settle(wait, how, json);
    return true;
  }

  private start(number: number, wait: Wait): void {
    const { script } = this;
    for (let did = script.start(number); did !== undefined; did = script.start(number)) {
      const [, , how, json] = did;
      if (how === 'threw') throw this.outside.decode(json, wait.title);
      this.settle(wait, how, json);
    }
  }

  private settle(wait: Wait, how: How, json: Json): void {
    const value = this.outside.decode(json, wait.title, wait.cancelled);
    if (how === 'value') wait.resume(value);
    else wait.fail(value);
  }

  /** What the abort function of the wait did and answered. */
  private abort(number: number, wait: Wait, cancelled: Cancelled): unknown {
    wait.cancelled = cancelled;
    const { giveUp } = wait;
    if (giveUp !== undefined)
      insulated(this.outside, () => readingBy(null, () => attempt(() => giveUp(cancelled))));
    const recorded = this.isLeft ? undefined : this.script.run.aborts.get(number);
    switch (recorded?.answer) {
      case 'kept':
        return KEEP_WAITING;
      case 'threw':
        throw this.outside.decode(recorded.value, wait.title, cancelled);
      case 'ended value':
        this.settle(wait, 'value', recorded.value);
        return undefined;
      case 'ended error':
        this.settle(wait, 'error', recorded.value);
        return undefined;
      default:
        return undefined;
    }
  }
}

/** Calls the program's starter, with functions that do nothing: new ones each time, for it may keep them in a set. */
function begin(own: Starter<unknown>): Wait['giveUp'] {
  return attempt(
    () =>
      own(
        () => {},
        () => {},
      ) ?? undefined,
  );
}

/** What the program throws there is in the recording, if it threw it then. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // a stand-in is not what the program had then
  }
}
