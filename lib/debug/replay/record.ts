/**
 * Records runs: what comes in from outside, and the steps that are taken. See `recording.ts` for what is written, and
 * `replay.ts` for what it is good for.
 */
import { describe } from '../../base/durations.js';
import { checkOptions } from '../../base/options.js';
import { isEngineFile } from '../../base/stack-text.js';
import type { Backend } from '../../kernel/backend.js';
import type { Coroutine, Operation } from '../../kernel/effect.js';
import type { Instrument, TaskInfo } from '../../kernel/instrument.js';
import {
  type LoopParts,
  observeRuns,
  type RunBeginning,
  type RunObserver,
} from '../../kernel/run-observer.js';
import { Task } from '../../kernel/task.js';
import type { RunOptions } from '../../run.js';
import { Happenings } from '../stepper/happenings.js';
import { INSPECTOR_SIGHT } from '../stepper/inspector-sight.js';
import type { Motion } from '../stepper/motions.js';
import type { Step } from '../stepper/step.js';
import { SteppedRun } from '../stepper/stepped-run.js';
import { RecordBackground } from './background.js';
import type { Json } from './encode-value.js';
import { hashOf, hashOfFile } from './hash.js';
import { insulate } from './insulate.js';
import { currentReadings, readInBackground, readingBy } from './readings.js';
import { RecordLoop, type Scribe } from './record-loop.js';
import { type AbortAnswer, type Between, type Header, type How, type Line, VERSION } from './recording.js';

export interface RecordOptions {
  /** Called with text to be written, whole lines. Default: it is kept, and is the `text` of the recorder. */
  readonly write?: (text: string) => void;
  /** The program's main file: at replay it is said if it has changed. */
  readonly file?: string;
  /** This process does nothing else: what is read between the runs is recorded too. */
  readonly ownsProcess?: boolean;
  /** Characters after which the recording is given up, and the program goes on without; default 500,000,000. */
  readonly limit?: number;
}

/** A text that is much longer cannot be read again: V8 has no such strings. */
const LIMIT = 5e8;
/** Steps kept in memory at most: who records looks back no farther than one. */
const HISTORY = 64;
/** Of so many generator functions of one name it is looked up where they were declared. */
const LOOKUPS = 32;

/**
 * Records all runs that begin from now on, until it is disposed of; those of `runSync` too.
 *
 * What comes in from outside is written as it comes: how each foreign wait ended, what the clock showed, random
 * numbers, cancellations; and each step in short. Functions of the host that begin something (`fetch`, those of files
 * and sockets, timers) are wrapped from the first recording of a process on. What is large are the values of foreign waits: who downloads a
 * gigabyte has it in the recording. Recorded runs are some times slower than others.
 *
 * @throws TypeError if the options are wrong.
 * @throws Error if the runs of this process are observed already.
 * @example
 *     using recorder = record();
 *     await run(main);
 *     writeFileSync('main.rec', recorder.text);
 */
export function record(options: RecordOptions = {}): RunRecorder & Disposable {
  const recorder = new RunRecorder(options);
  const observing = observeRuns(recorder);
  return Object.assign(recorder, {
    [Symbol.dispose]() {
      observing[Symbol.dispose]();
      recorder.finish();
    },
  });
}

export class RunRecorder implements RunObserver {
  private readonly options: RecordOptions;
  private pieces: string[] = [];
  private kept: string[] = [];
  private length = 0;
  private isCut = false;
  private runs = 0;
  /** Those that were met, by what they make; and those that are described, by name and place. */
  private readonly functions = new WeakMap<object, number>();
  private readonly described = new Map<string, number>();
  private readonly lookups = new Map<string, number>();
  private readonly sources = new Set<string>();
  private readonly loops = new Map<number, RecordLoop>();
  private readonly behind: Between[] = [];
  /** Of the run that begins now, if they are known: its function, and its signal. */
  private main: (() => unknown) | undefined;
  private signal: AbortSignal | undefined;
  private readonly beginning = new WeakMap<
    RunBeginning,
    { happenings: Happenings; loop: RecordLoop | null }
  >();

  constructor(options: RecordOptions = {}) {
    checkOptions(options, 'record(options)');
    const { write, file, limit = LIMIT } = options;
    if (write !== undefined && typeof write !== 'function') {
      throw new TypeError('the option write is a function that is given text');
    }
    if (typeof limit !== 'number' || !(limit > 0)) {
      throw new TypeError(`the option limit is a number of characters, not ${describe(limit)}`);
    }
    this.options = { ...options, limit };
    insulate();
    INSPECTOR_SIGHT.declaration(nothing()); // the first look takes long: not within the first step of a run
    const host = globalThis.process as Partial<NodeJS.Process> | undefined;
    const header: Header = {
      treadle: 'recording',
      version: VERSION,
      ...(host?.version !== undefined && { node: host.version }),
      ...(host?.argv !== undefined && { argv: host.argv.slice(1) }),
      ...(host?.cwd !== undefined && { cwd: host.cwd() }),
      began: { date: Date.now(), performance: performance.now() },
    };
    this.put(header);
    if (file !== undefined) this.addSource(file);
    if (options.ownsProcess === true) {
      readInBackground(
        new RecordBackground((what, site, value) => this.line(['outside', what, site, value])),
      );
    }
    this.flush();
  }

  /** All that was recorded so far, if it is not written anywhere else. */
  get text(): string {
    this.flush();
    return this.kept.join('');
  }

  /** The process ends: what is not written yet is written. */
  finish(): void {
    for (const [run, { inside }] of this.loops) {
      if (inside !== null) this.line(['unfinished', run, inside]);
    }
    for (const what of this.behind.splice(0)) this.line(what);
    const { process } = globalThis as Partial<typeof globalThis>;
    if (this.options.ownsProcess === true) this.line(['exit', Number(process?.exitCode ?? 0)]);
    this.flush();
  }

  /** RunObserver: the run begins as ever. */
  takeOver(main: () => Operation<unknown>, _backend: Backend, { signal }: RunOptions): undefined {
    this.main = main;
    this.signal = signal;
  }

  /** RunObserver */
  instruments(beginning: RunBeginning): readonly Instrument[] {
    const happenings = new Happenings();
    const entry: { happenings: Happenings; loop: RecordLoop | null } = { happenings, loop: null };
    this.beginning.set(beginning, entry);
    const listener: Instrument = {
      cancel: (task: TaskInfo) => {
        if (task instanceof Task) entry.loop?.foundCancelled(task);
      },
    };
    return [happenings, listener];
  }

  /** RunObserver */
  loopFor(beginning: RunBeginning, parts: LoopParts): RecordLoop | undefined {
    const { main, signal } = this;
    this.main = undefined;
    this.signal = undefined;
    const entry = this.beginning.get(beginning);
    if (entry === undefined || this.isCut) return undefined;
    const number = ++this.runs;
    const isBehind = this.loops.size > 0 && currentReadings() === null;
    const scribe = this.scribeOf(number, beginning.name, main, isBehind);
    const loop = readingBy(
      null,
      () => new RecordLoop(parts, INSPECTOR_SIGHT.watching, number, scribe, signal),
    );
    entry.loop = loop;
    this.loops.set(number, loop);
    const run = new SteppedRun(loop, entry.happenings, INSPECTOR_SIGHT);
    const names = new Set<number>();
    const motion: Motion = {
      needsPlaces: false,
      stops: ({ step }) => {
        this.write(number, loop, run, step, names);
        return false;
      },
    };
    run.begin(motion);
    return loop;
  }

  private scribeOf(run: number, name: string, main: (() => unknown) | undefined, isBehind: boolean): Scribe {
    return {
      begun: (task: string, now: number) =>
        this.line(['run', run, name, main?.name ?? task, now, isBehind, hashOf(String(main))]),
      between: (what: Between) => this.between(what),
      abort: (wait: number, answer: AbortAnswer, value: Json) =>
        this.line(['abort', run, wait, answer, value]),
      over: (now: number, how: How, value: Json) => {
        this.line(['over', run, now, how, value]);
        this.loops.delete(run);
      },
      flush: () => this.flush(),
    };
  }

  /** What the step of another run does comes behind that step, whose line is written when it is over. */
  private between(what: Between): void {
    if (currentReadings() instanceof RecordLoop) this.behind.push(what);
    else this.line(what);
  }

  private tellBehind(): void {
    for (const { inside } of this.loops.values()) if (inside !== null) return; // runSync in a step
    for (const what of this.behind.splice(0)) this.line(what);
  }

  private write(number: number, loop: RecordLoop, run: SteppedRun, step: Step, names: Set<number>): void {
    const { task, kind, value, effect } = step;
    if (!names.has(task.id)) {
      names.add(task.id);
      this.line(['task', number, task.id, task.name]);
    }
    const words = effect ?? (kind === 'threw' ? String(value) : null);
    const { lastInside } = loop;
    const line = ['step', number, task.id, kind, this.functionOf(run, step), words] as const;
    this.line(lastInside.length === 0 ? line : [...line, lastInside]);
    if (this.behind.length > 0) this.tellBehind();
    if (run.history.length > HISTORY) run.history.splice(0, HISTORY);
  }

  /** The number of the function that ran, which is described when it is first met. */
  private functionOf(run: SteppedRun, { function: name }: Step): number {
    const maker: object = Object.getPrototypeOf(run.ran) as object;
    let id = this.functions.get(maker);
    if (id !== undefined) return id;
    // A function within another one is another object each time, and to look up where it was declared takes long.
    const lookups = this.lookups.get(name) ?? 0;
    this.lookups.set(name, lookups + 1);
    const place = lookups < LOOKUPS ? INSPECTOR_SIGHT.declaration(run.ran) : undefined;
    const key = place === undefined ? name : `${name} ${place.file}:${place.line}`;
    id = this.described.get(key);
    if (id === undefined) {
      id = this.described.size + 1;
      this.described.set(key, id);
      if (place !== undefined) this.addSource(place.file);
      this.line(['function', id, name, place?.file ?? null, place?.line ?? 0]);
    }
    this.functions.set(maker, id);
    return id;
  }

  private addSource(file: string): void {
    if (this.sources.has(file) || isEngineFile(file)) return;
    this.sources.add(file);
    const hash = hashOfFile(file);
    if (hash !== undefined) this.line(['source', file, hash]);
  }

  private line(line: Line): void {
    if (this.isCut) return;
    if (this.length > (this.options.limit as number)) {
      this.put(['cut'] satisfies Line);
      this.end(`has become larger than ${this.options.limit} characters`);
    } else this.put(line);
  }

  private put(json: object): void {
    let text: string;
    try {
      text = `${JSON.stringify(json)}\n`;
    } catch (error) {
      this.end(`cannot hold a value (${(error as Error).message})`); // there are no strings so long
      return;
    }
    this.length += text.length;
    this.pieces.push(text);
  }

  private flush(): void {
    if (this.pieces.length === 0) return;
    const { pieces } = this;
    const { write } = this.options;
    this.pieces = [];
    try {
      if (write !== undefined) write(pieces.join(''));
      else for (const piece of pieces) this.kept.push(piece);
    } catch (error) {
      this.end(`cannot be written (${(error as Error).message})`);
    }
  }

  /** No more is recorded. */
  private end(why: string): void {
    this.isCut = true;
    console.error(`treadle: the recording ${why} and ends here; the program goes on.`);
  }
}

function* nothing(): Coroutine<void> {}
