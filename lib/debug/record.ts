/**
 * Records runs: what comes in from outside, and the steps that are taken. See `recording.ts` for what is written, and
 * `replay.ts` for what it is good for.
 */
import { checkOptions } from '../base/options.js';
import type { Backend } from '../kernel/backend.js';
import type { Operation } from '../kernel/effect.js';
import { KIND } from '../kernel/effect.js';
import type { Instrument, TaskInfo } from '../kernel/instrument.js';
import { type LoopParts, observeRuns, type RunBeginning, type RunObserver } from '../kernel/run-observer.js';
import { type Engine, Task } from '../kernel/task.js';
import type { RunOptions } from '../run.js';
import { builtin } from './builtin.js';
import { Happenings } from './happenings.js';
import { INSPECTOR_SIGHT } from './inspector-sight.js';
import type { Motion } from './motions.js';
import { RecordLoop, type Scribe } from './record-loop.js';
import type { Json } from './record-value.js';
import { type AbortAnswer, type Between, type Header, type How, type Line, VERSION } from './recording.js';
import { pathOf } from './source-maps.js';
import { SteppedRun } from './stepped-run.js';
import type { Step } from './step.js';

export interface RecordOptions {
  /** Called with text to be written, whole lines. Default: it is kept, and is the `text` of the recorder. */
  readonly write?: (text: string) => void;
  /** The program's main file: at replay it is said if it has changed. */
  readonly file?: string;
  /** Characters after which the recording is given up, and the program goes on without; default 1,000,000,000. */
  readonly limit?: number;
}

/** Steps kept in memory at most: who records looks back no farther than one. */
const HISTORY = 64;
/** Of so many generator functions of one name it is looked up where they were declared. */
const LOOKUPS = 32;

/**
 * Records all runs that begin from now on, until it is disposed of; those of `runSync` too.
 *
 * What comes in from outside is written as it comes: how each foreign wait ended, what the clock showed, random
 * numbers, cancellations; and each step in short. What is large are the values of foreign waits: who downloads a
 * gigabyte has it in the recording. Recorded runs are some times slower than others.
 *
 * @throws TypeError if the options are wrong.
 * @throws Error if the runs of this process are observed already.
 * @example
 *     using recorder = record();
 *     await run(main);
 *     writeFileSync('main.rec', recorder.text);
 */
export function record(options: RecordOptions = {}): Recorder & Disposable {
  const recorder = new Recorder(options);
  const observing = observeRuns(recorder);
  return Object.assign(recorder, {
    [Symbol.dispose]() {
      observing[Symbol.dispose]();
      recorder.finish();
    },
  });
}

export class Recorder implements RunObserver {
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
  /** Of the run that begins now. */
  private signal: AbortSignal | undefined;
  private readonly beginning = new WeakMap<RunBeginning, { happenings: Happenings; loop: RecordLoop | null }>();

  constructor(options: RecordOptions = {}) {
    checkOptions(options, 'record(options)');
    const { write, file, limit = 1e9 } = options;
    if (write !== undefined && typeof write !== 'function') {
      throw new TypeError('the option write is a function that is given text');
    }
    this.options = { ...options, limit };
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
    this.flush();
  }

  /** RunObserver: the run begins as ever; its signal is what matters. */
  takeOver(_main: () => Operation<unknown>, _backend: Backend, options: RunOptions): undefined {
    this.signal = options.signal;
  }

  /** RunObserver */
  instruments(beginning: RunBeginning): readonly Instrument[] {
    const happenings = new Happenings();
    const entry: { happenings: Happenings; loop: RecordLoop | null } = { happenings, loop: null };
    this.beginning.set(beginning, entry);
    const listener: Instrument = {
      cancel: (task: TaskInfo) => {
        if (task instanceof Task) entry.loop?.foundCancelled(task, task);
      },
    };
    return [happenings, listener];
  }

  /** RunObserver */
  loopFor(beginning: RunBeginning, parts: LoopParts): RecordLoop | undefined {
    const { signal } = this;
    this.signal = undefined;
    const entry = this.beginning.get(beginning);
    if (entry === undefined || this.isCut) return undefined;
    const number = ++this.runs;
    const loop = new RecordLoop(parts, INSPECTOR_SIGHT.watching, number, this.scribeOf(number), signal);
    entry.loop = loop;
    this.loops.set(number, loop);
    const run = new SteppedRun(loop, entry.happenings, INSPECTOR_SIGHT);
    const names = new Set<number>();
    const began = parts[0].now();
    const motion: Motion = {
      needsPlaces: false,
      stops: ({ step }) => {
        if (names.size === 0) this.line(['run', number, beginning.name, step.task.name, began]);
        this.write(number, loop, run, step, names);
        return false;
      },
    };
    run.begin(motion);
    return loop;
  }

  private scribeOf(run: number): Scribe {
    return {
      between: (what: Between) => this.line(what),
      abort: (wait: number, answer: AbortAnswer, value: Json) => this.line(['abort', run, wait, answer, value]),
      over: (how: How, value: Json) => {
        this.line(['over', run, how, value]);
        this.loops.delete(run);
      },
      flush: () => this.flush(),
    };
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
    if (this.sources.has(file)) return;
    this.sources.add(file);
    const hash = hashOf(file);
    if (hash !== undefined) this.line(['source', file, hash]);
  }

  private line(line: Line): void {
    if (this.isCut) return;
    if (this.length > (this.options.limit as number)) {
      this.isCut = true;
      this.put(['cut'] satisfies Line);
      console.error(
        `treadle: the recording has become larger than ${this.options.limit} characters and ends here; the program goes on.`,
      );
    } else this.put(line);
  }

  private put(json: object): void {
    const text = `${JSON.stringify(json)}\n`;
    this.length += text.length;
    this.pieces.push(text);
  }

  private flush(): void {
    if (this.pieces.length === 0) return;
    const text = this.pieces.join('');
    this.pieces = [];
    const { write } = this.options;
    if (write === undefined) this.kept.push(text);
    else write(text);
  }
}

/** The hash of a file's text; undefined if it cannot be read. */
export function hashOf(file: string): string | undefined {
  try {
    const text = builtin('node:fs')?.readFileSync(file);
    return text && builtin('node:crypto')?.createHash('sha256').update(text).digest('hex');
  } catch {
    return undefined;
  }
}
