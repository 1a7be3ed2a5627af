/**
 * A watch-dog for runs that do not stop when they should, or do not let others run:
 *
 *   step     a task holds the loop: between two yields it computes, or blocks, for longer than a limit
 *   cancel   a scope was cancelled, and a task is still in it: behind a shield, in a wait that cannot be given up
 *            (KEEP_WAITING), or running on
 *
 * It is an instrument. A long step is reported when it is over, and before, with the stack that it has just then, where
 * another thread can look (see `step-watch.ts`). Cancelled scopes are looked for at intervals, in the tree itself:
 * a cancellation costs nothing more than a note of its time.
 */
import type { Cancelled } from '../../base/cancelled.js';
import { checkDuration } from '../../base/durations.js';
import { checkOptions } from '../../base/options.js';
import { nodesOf } from '../../kernel/deadlock.js';
import type { Instrument, TaskInfo } from '../../kernel/instrument.js';
import type { Scope } from '../../kernel/scope.js';
import { Task } from '../../kernel/task.js';
import { builtin } from '../builtin.js';
import { frameLine } from '../source/stack-maps.js';
import { type RawFrame, StepWatch } from '../stepper/step-watch.js';
import { longStep, outstayed, stuckStep, type WatchDogReport } from './watch-dog-report.js';

export interface WatchDogOptions {
  /** Milliseconds that a task may hold the loop between two yields; default 200. Infinity: as long as it likes. */
  readonly stepLimitMs?: number;
  /** Milliseconds that a task may stay in a scope after it was cancelled; default 5000. Infinity: as long as it likes. */
  readonly cancelLimitMs?: number;
  /** Gets each report; default: its message goes to stderr. A live one comes in the middle of the step it is about. */
  readonly onReport?: (report: WatchDogReport) => void;
  /**
   * Also look at steps while they go on, from another thread; default true. In Node only, and in its main thread.
   * That thread needs some 0.1 to 0.2 s to come up: of a step that is over by then no stack is reported.
   */
  readonly live?: boolean;
  /** Milliseconds on a clock that does not stand still while a task computes; default `performance.now`. */
  readonly now?: () => number;
}

/** The instrument. Disposing it ends its timer and its thread; so does the end of the runs that it is in. */
export interface WatchDog extends Instrument, Disposable {
  /** Looks for tasks in cancelled scopes now, as it does at intervals by itself. */
  check(): void;
}

const STEP_LIMIT = 200;
const CANCEL_LIMIT = 5000;
const KEYS: readonly string[] = ['stepLimitMs', 'cancelLimitMs', 'onReport', 'live', 'now'];
/** Tasks that are reported for one cancelled scope. */
const MOST = 10;

/**
 * Makes a watch-dog for one run or several. For debugging: it costs a look at the clock a step, and a thread.
 *
 * @throws TypeError or RangeError if a limit is no duration, or there is no such option.
 * @example
 *     using dog = watchDog({ stepLimitMs: 50, cancelLimitMs: 2000 });
 *     await run(main, { instruments: [dog] });
 */
export function watchDog(options: WatchDogOptions = {}): WatchDog {
  checkOptions(options, 'watchDog(options)');
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw new TypeError(`watchDog has no option ${unknown}: they are ${KEYS.join(', ')}`);
  return new Dog(options);
}

interface Step {
  readonly task: TaskInfo;
  readonly since: number;
  /** It has been reported while it goes on. */
  isTold: boolean;
}

class Dog implements WatchDog {
  private readonly stepLimitMs: number;
  private readonly cancelLimitMs: number;
  private readonly onReport: (report: WatchDogReport) => void;
  private readonly now: () => number;
  private readonly isLive: boolean;
  /** The main tasks of the runs that go on. */
  private readonly mains = new Set<Task>();
  /** The steps that go on: one, and those of runs that one of its tasks has started with `runSync`. */
  private readonly steps: Step[] = [];
  private readonly cancelledAt = new WeakMap<Cancelled, number>();
  /** When tasks were spawned into scopes that had been cancelled. */
  private readonly bornCancelled = new WeakMap<Task, number>();
  private readonly reported = new WeakMap<Cancelled, WeakSet<Task>>();
  private timer: { unref?(): unknown } | undefined;
  private watch: StepWatch | undefined;

  constructor(options: WatchDogOptions) {
    this.stepLimitMs = options.stepLimitMs ?? STEP_LIMIT;
    this.cancelLimitMs = options.cancelLimitMs ?? CANCEL_LIMIT;
    checkDuration(this.stepLimitMs, "watchDog's stepLimitMs");
    checkDuration(this.cancelLimitMs, "watchDog's cancelLimitMs");
    this.onReport = options.onReport ?? print;
    this.now = options.now ?? (() => performance.now());
    this.isLive = (options.live ?? true) && Number.isFinite(this.stepLimitMs);
  }

  spawn(task: TaskInfo): void {
    if (!(task instanceof Task)) return;
    if (task.parent?.effective) this.bornCancelled.set(task, this.now());
    if (task.owner.hostTask !== null) return;
    if (this.mains.size === 0) this.begin();
    this.mains.add(task);
  }

  exit(task: TaskInfo): void {
    if (this.mains.delete(task as Task) && this.mains.size === 0) this.end();
  }

  stepStart(task: TaskInfo): void {
    this.steps.push({ task, since: this.now(), isTold: false });
    this.watch?.stepBegins();
  }

  stepEnd(task: TaskInfo): void {
    const step = this.steps.pop();
    this.watch?.stepEnds();
    const around = this.steps.at(-1);
    if (around !== undefined) this.watch?.stepBegins(this.now() - around.since); // it goes on
    if (step === undefined) return;
    const ms = this.now() - step.since;
    if (ms >= this.stepLimitMs) this.onReport(longStep(task as Task, ms));
  }

  cancel(task: TaskInfo): void {
    const cancelled = (task as Task).scope.effective;
    if (cancelled !== null) this.sinceOf(cancelled);
  }

  check(): void {
    const told = new Set<Task>();
    for (const main of this.mains) {
      for (const node of nodesOf(main)) if (node.own !== null) this.checkScope(node, node.own, told);
    }
  }

  [Symbol.dispose](): void {
    this.mains.clear();
    this.end();
  }

  private begin(): void {
    if (this.isLive) this.watch = StepWatch.begin(this.stepLimitMs, (frames) => this.heldUp(frames));
    if (!Number.isFinite(this.cancelLimitMs)) return;
    const timer = setInterval(() => this.check(), Math.max(10, this.cancelLimitMs / 4));
    this.timer = timer;
    (timer as { unref?(): unknown }).unref?.();
  }

  private end(): void {
    clearInterval(this.timer as Parameters<typeof clearInterval>[0]);
    this.timer = undefined;
    this.watch?.[Symbol.dispose]();
    this.watch = undefined;
  }

  /** Called in the middle of a step. */
  private heldUp(frames: readonly RawFrame[]): void {
    const step = this.steps.at(-1);
    if (step === undefined || step.isTold) return;
    step.isTold = true;
    const stack = frames.map(({ name, ...place }) => frameLine(name, place, place));
    this.onReport(stuckStep(step.task as Task, this.now() - step.since, stack));
  }

  private sinceOf(cancelled: Cancelled): number {
    let since = this.cancelledAt.get(cancelled);
    if (since === undefined) {
      since = this.now();
      this.cancelledAt.set(cancelled, since);
    }
    return since;
  }

  private checkScope(scope: Scope, cancelled: Cancelled, told: Set<Task>): void {
    const now = this.now();
    const since = this.sinceOf(cancelled);
    if (now - since < this.cancelLimitMs) return;
    let reported = this.reported.get(cancelled);
    if (reported === undefined) {
      reported = new WeakSet();
      this.reported.set(cancelled, reported);
    }
    const stuck: Task[] = [];
    for (const node of nodesOf(scope)) {
      const task = node.host as Task | null;
      // Each task stands in one node; it may be reached by way of several cancelled ones.
      if (task === null || task.scope !== node || told.has(task) || reported.has(task)) continue;
      told.add(task);
      if (now - (this.bornCancelled.get(task) ?? since) < this.cancelLimitMs) continue;
      if (waitsForItsChildren(task)) continue; // if they do not end, they are reported
      reported.add(task);
      stuck.push(task);
    }
    stuck.slice(0, MOST).forEach((task, at) => {
      const more = at === MOST - 1 ? stuck.length - MOST : 0;
      this.onReport(outstayed(task, now - since, cancelled, more));
    });
  }
}

/** At the end of a group. */
function waitsForItsChildren(task: Task): boolean {
  const blockers = task.waiting?.blockers?.(task) ?? [];
  return blockers.length > 0 && blockers.every(({ owner }) => owner.hostTask === task);
}

/** At once, and not through a stream: the loop that would serve it may be held up. */
function print({ message }: WatchDogReport): void {
  const text = `treadle watch-dog: ${message}\n`;
  const fs = builtin('node:fs');
  if (fs === undefined) console.error(text);
  else fs.writeSync(2, text);
}
