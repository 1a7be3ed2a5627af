/**
 * A trace of runs for ui.perfetto.dev: an instrument that draws what it hears.
 *
 * A run is a process of the picture, a task is a track, and on the track lie two sorts of slices, one behind the
 * other: what the task did (a *step*, named after the task) and what it waited for (a *wait*, named after the
 * effect). Arrows lead from the step in which something happened to the step that came of it:
 *
 *     main     ▆main▆                    ▆main▆                       spawn    it was spawned there
 *                 ╲spawn                ↗wake                         wake     that step ended its wait
 *     worker       ▆worker▆░░sleep(20)░░▆worker▆                      cancel   a cancellation from there reached it
 *
 * A task that no other task has woken (a timer was due, a promise settled) gets no arrow: its step says so.
 * Who woke whom is known without any help of the engine: who is scheduled while another task is in step was woken
 * by that task. An arrow is written when its head is known, so that none ends nowhere.
 *
 * Times are those of the run's own clock. A virtual clock stands still while tasks work, and slices without a
 * length cannot be seen, so there each event takes a microsecond: the trace of a program is the same every time. It
 * says nothing then of how long a step took in truth; with `clock: 'host'` it does, and the waits have no length.
 */
import { checkOptions } from '../../base/options.js';
import type { Backend } from '../../kernel/backend.js';
import type { Effect } from '../../kernel/effect.js';
import type { Instrument, TaskInfo } from '../../kernel/instrument.js';
import type { Task } from '../../kernel/task.js';
import { CANCELLED, FAILED, FINISHED } from '../../kernel/task-state.js';
import { TraceClock } from './trace-clock.js';
import { type TraceArguments, TraceText } from './trace-event.js';

export interface ChromeTraceOptions {
  /** Takes the trace piece by piece: to a file, say. Default: it is kept in memory and `finish` gives it. */
  write?: (text: string) => void;
  /** Whose time it shows: the run's own (default), or that of the host, which tells what steps cost. */
  clock?: 'run' | 'host';
  /** Whether waits are drawn too; default true. */
  waits?: boolean;
}

export interface ChromeTrace extends Required<Instrument> {
  /** Ends the trace. @returns its text; '' if `write` has got it. What happens later is not drawn. */
  finish(): string;
}

/** Longer names of waits are cut: an effect may describe itself at any length. */
const LONGEST_NAME = 200;
type Arrow = 'spawn' | 'wake' | 'cancel';

/** The tail of an arrow whose head is not known yet. */
interface Tail {
  readonly kind: Arrow;
  readonly from: Track;
  readonly ts: number;
}

/** What is known of a task. */
interface Track {
  readonly pid: number;
  readonly tid: number;
  readonly clock: TraceClock;
  /** When the step began that it is in; undefined between steps. */
  stepFrom: number | undefined;
  /** Who has had a hand in its next step; the last of each kind counts. */
  tails: Tail[];
  /** What is said of its present step, or of the next one: how it came about, how it ended. */
  outcome: TraceArguments;
  /** What it waits for, since when. */
  wait: { readonly name: string; ts: number } | undefined;
}

/** How a task ended, by its state. */
const ENDS: Readonly<Record<number, string>> = {
  [FINISHED]: 'returned',
  [CANCELLED]: 'cancelled',
  [FAILED]: 'threw',
};

class Tracer implements ChromeTrace {
  private readonly options: ChromeTraceOptions;
  private readonly pieces: string[] = [];
  private readonly text: TraceText;
  /** By the loop that drives the run. */
  private readonly runs = new WeakMap<object, { readonly pid: number; readonly clock: TraceClock }>();
  private runCount = 0;
  private readonly clocks = new Map<Backend | undefined, TraceClock>();
  private readonly tracks = new Map<TaskInfo, Track>();
  /** The tasks in step, the innermost last: turns of several loops may nest. */
  private readonly inStep: TaskInfo[] = [];
  private arrows = 0;
  private isOver = false;

  constructor(options: ChromeTraceOptions) {
    this.options = options;
    this.text = new TraceText(options.write ?? ((text) => void this.pieces.push(text)));
  }

  spawn(task: TaskInfo): void {
    if (!this.isOver) this.pull(this.trackOf(task), 'spawn');
  }

  schedule(task: TaskInfo): void {
    if (this.isOver) return;
    const track = this.trackOf(task);
    const puller = this.inStep.at(-1);
    const from = puller && this.tracks.get(puller);
    // A task is scheduled because it was spawned, or cancelled: that arrow says it all.
    const isExplained = track.tails.some((tail) => tail.from === from && tail.ts >= (from.stepFrom ?? 0));
    if (!isExplained) this.pull(track, 'wake');
    if (from === undefined) track.outcome = { ...track.outcome, 'woken by': 'no task' };
    this.endWait(track, track.clock.now());
  }

  stepStart(task: TaskInfo): void {
    if (this.isOver) return;
    const track = this.trackOf(task);
    this.inStep.push(task);
    const ts = track.clock.now();
    this.endWait(track, ts);
    track.stepFrom = ts;
    for (const tail of track.tails) this.drawArrow(tail, track, ts);
    track.tails = [];
  }

  suspend(task: TaskInfo, effect: Effect<unknown>): void {
    if (this.isOver) return;
    const track = this.trackOf(task);
    const name = inWords(() => String(effect));
    track.outcome = { ...track.outcome, effect: name };
    track.wait = { name, ts: 0 };
  }

  stepEnd(task: TaskInfo): void {
    if (this.isOver) return;
    const at = this.inStep.lastIndexOf(task);
    if (at >= 0) this.inStep.splice(at, 1);
    const track = this.tracks.get(task);
    if (track === undefined) return;
    // One that waits for the end of its group has yielded nothing.
    const { waiting } = task as Task;
    if (waiting) track.wait ??= { name: inWords(() => waiting.describe(task as Task)), ts: 0 };
    this.endStep(task, track);
  }

  cancel(task: TaskInfo): void {
    if (this.isOver) return;
    const track = this.trackOf(task);
    if (this.inStep.length === 0) track.outcome = { ...track.outcome, 'cancelled by': 'no task' };
    this.pull(track, 'cancel');
  }

  exit(task: TaskInfo): void {
    if (this.isOver) return;
    const track = this.trackOf(task);
    const end = ENDS[(task as Task).state];
    if (end !== undefined) track.outcome = { ...track.outcome, end };
  }

  finish(): string {
    if (!this.isOver) {
      for (const [task, track] of this.tracks) {
        this.endStep(task, track);
        this.endWait(track, track.clock.now());
      }
      this.isOver = true;
      this.tracks.clear();
      this.text.close();
    }
    return this.pieces.join('');
  }

  /** The task in step has a hand in what `track` does next. */
  private pull(track: Track, kind: Arrow): void {
    const puller = this.inStep.at(-1);
    const from = puller && this.tracks.get(puller);
    // Times of two clocks cannot be compared, and who acts upon itself needs no arrow.
    if (from === undefined || from === track || from.clock !== track.clock) return;
    track.tails = [...track.tails.filter((tail) => tail.kind !== kind), { kind, from, ts: from.clock.now() }];
  }

  private drawArrow({ kind, from, ts }: Tail, to: Track, headTs: number): void {
    const id = ++this.arrows;
    this.text.add({ ph: 's', id, name: kind, cat: kind, pid: from.pid, tid: from.tid, ts });
    const head = { id, name: kind, cat: kind, pid: to.pid, tid: to.tid, ts: headTs };
    this.text.add({ ph: 'f', bp: 'e', ...head });
  }

  private endStep(task: TaskInfo, track: Track): void {
    const { stepFrom: ts, clock, outcome, pid, tid, wait } = track;
    if (ts === undefined) return;
    const now = clock.now();
    this.text.add({
      ph: 'X',
      name: task.name,
      cat: 'step',
      pid,
      tid,
      ts,
      dur: lengthOf(ts, now),
      args: outcome,
    });
    track.stepFrom = undefined;
    track.outcome = {};
    if (wait !== undefined) wait.ts = now;
    if ('end' in outcome) this.tracks.delete(task);
  }

  private endWait(track: Track, now: number): void {
    const { wait, pid, tid } = track;
    // In its own step it has only said what it will wait for.
    if (wait === undefined || track.stepFrom !== undefined) return;
    track.wait = undefined;
    if (this.options.waits === false) return;
    const dur = lengthOf(wait.ts, now);
    this.text.add({ ph: 'X', name: wait.name, cat: 'wait', pid, tid, ts: wait.ts, dur, args: {} });
  }

  private trackOf(task: TaskInfo): Track {
    const known = this.tracks.get(task);
    if (known !== undefined) return known;
    const { pid, clock } = this.runOf(task as Task);
    const tid = task.id;
    const track: Track = {
      pid,
      tid,
      clock,
      stepFrom: undefined,
      tails: [],
      outcome: {},
      wait: undefined,
    };
    this.tracks.set(task, track);
    const name = `${task.name} (#${task.id})`;
    this.text.add({ ph: 'M', pid, tid, name: 'thread_name', args: { name } });
    this.text.add({ ph: 'M', pid, tid, name: 'thread_sort_index', args: { sort_index: tid } });
    return track;
  }

  private runOf({ loop }: Task): { readonly pid: number; readonly clock: TraceClock } {
    const known = this.runs.get(loop);
    if (known !== undefined) return known;
    const { backend } = loop as { readonly backend?: Backend };
    const run = { pid: ++this.runCount, clock: this.clockOf(backend) };
    this.runs.set(loop, run);
    const name = backend === undefined ? loop.name : `${loop.name} (${backend.name} clock)`;
    this.text.add({ ph: 'M', pid: run.pid, tid: 0, name: 'process_name', args: { name } });
    return run;
  }

  /** Runs that share a clock share it here too. */
  private clockOf(backend: Backend | undefined): TraceClock {
    const ofHost = this.options.clock === 'host' || backend === undefined;
    const key = ofHost ? undefined : backend;
    let clock = this.clocks.get(key);
    if (clock === undefined) {
      clock = TraceClock.of(key);
      this.clocks.set(key, clock);
    }
    return clock;
  }
}

function lengthOf(from: number, to: number): number {
  return Math.round((to - from) * 1000) / 1000;
}

/** What a description gives: users may write one, which may throw. */
function inWords(describe: () => string): string {
  let name: string;
  try {
    name = describe();
  } catch {
    return 'something whose description cannot be had';
  }
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}

/**
 * Makes an instrument that draws runs for ui.perfetto.dev: a track for each task, a slice for each step and each
 * wait, an arrow for each spawn, wake-up and cancellation. One may serve several runs.
 *
 * @throws TypeError if an option is wrong.
 * @example
 *     const trace = chromeTrace();
 *     await run(main, { instruments: [trace] });
 *     writeFileSync('trace.json', trace.finish());   // or from outside: treadle trace main.ts -o trace.json
 */
export function chromeTrace(options: ChromeTraceOptions = {}): ChromeTrace {
  checkOptions(options, 'chromeTrace(options)');
  const { write, clock } = options;
  if (write !== undefined && typeof write !== 'function') {
    throw new TypeError('the option write is a function that takes text');
  }
  if (clock !== undefined && clock !== 'run' && clock !== 'host') {
    throw new TypeError(`the option clock is 'run' or 'host'`);
  }
  return new Tracer(options);
}
