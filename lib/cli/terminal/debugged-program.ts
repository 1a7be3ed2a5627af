/** The program that is debugged: the file, and how its runs come under the debugger. */
import { pathToFileURL } from 'node:url';
import type { Instrument, TaskInfo } from '../../kernel/instrument.js';
import { type RunObserver, runObserver } from '../../kernel/run-observer.js';
import { InputError } from '../input-error.js';
import type { Body, Program } from '../load-program.js';
import type { DebugDoor } from '../treadle-copy.js';
import { type DebuggedRun, UNNAMED } from './debugged-run.js';
import { type RunListener, RunSet } from './run-set.js';

export type BackendChoice = 'virtual' | 'node';

/** What steppers come from. */
export interface Door extends DebugDoor {
  /** Those of a replay: each waits for its turn. */
  readonly keepsOrder?: boolean;
}

export interface Listener extends RunListener {
  /** The main task of a run has just ended; nobody has been told yet. */
  ending(main: TaskInfo): void;
  /** The file has come to its end, and no run has begun. */
  nothingToRun(): void;
  /** Something has gone wrong outside of the runs. */
  failed(what: string, error: unknown): void;
}

export class DebuggedProgram {
  readonly runs: RunSet;
  /** An error was thrown outside of the runs. */
  hasThrown = false;
  /** Rejected promises that nobody has handled so far. */
  readonly unhandled = new Set<Promise<unknown>>();
  private readonly program: Program;
  private readonly debug: Door;
  private readonly backend: BackendChoice | undefined;
  private readonly listener: Listener;
  private body: Body | undefined;
  /** The run of what the file exports. */
  private exported: DebuggedRun | undefined;
  private loads = 0;

  constructor(program: Program, debug: Door, backend: BackendChoice | undefined, listener: Listener) {
    this.program = program;
    this.debug = debug;
    this.backend = backend;
    this.listener = listener;
    this.runs = new RunSet(listener, debug.keepsOrder === true);
  }

  /** Something has gone wrong outside of the runs. */
  get hasFailed(): boolean {
    return this.hasThrown || this.unhandled.size > 0;
  }

  get file(): string {
    return this.program.file;
  }

  /** What the process would end with now: the error of a run that the program has begun is the program's to handle. */
  get exitCode(): number {
    const own = Number(process.exitCode ?? 0);
    return own === 0 && (this.hasFailed || this.exported?.hasFailed === true) ? 1 : own;
  }

  /**
   * Loads the file, up to the beginning of its first run.
   * @throws InputError if it does not load.
   */
  async start(): Promise<void> {
    const { runs } = this;
    process.prependListener('beforeExit', () => {
      if (runs.stall()) return;
      runs.isOver = true;
      if (runs.count === 0 && !this.hasFailed) this.listener.nothingToRun();
      runs.noteChange();
    });
    let refusal: unknown;
    void this.follow(
      this.program.load(this.observe()).catch((error: unknown) => {
        if (!(error instanceof InputError) || runs.count > 0) throw error;
        refusal = error;
      }),
    );
    await runs.until(() => runs.count > 0 || runs.isOver || refusal !== undefined || this.hasFailed);
    if (refusal !== undefined) throw refusal;
  }

  /** Lets the program begin anew. */
  async restart(): Promise<void> {
    const { runs } = this;
    await runs.end('the debugger begins anew');
    runs.clear();
    this.hasThrown = false;
    this.unhandled.clear();
    process.exitCode = undefined;
    const { count } = runs;
    // Another address makes Node load it again; the modules that it imports stay as they are.
    const url = new URL(`?treadle=${++this.loads}`, pathToFileURL(this.file));
    const { body } = this;
    void this.follow(body === undefined ? import(url.href).then(() => undefined) : Promise.resolve(body));
    await runs.until(() => runs.count > count || runs.isLoaded || runs.isOver);
  }

  /** Waits until the file is loaded, and begins what it exports. */
  private async follow(loading: Promise<Body | undefined | void>): Promise<void> {
    const { runs } = this;
    try {
      this.body = (await loading) ?? undefined;
      runs.isLoaded = true;
      if (this.body !== undefined) this.begin(this.body);
    } catch (error) {
      runs.isLoaded = true;
      this.listener.failed(`${this.file} has failed`, error);
    }
    runs.noteChange();
  }

  private observe(): RunObserver {
    const { debug, backend } = this;
    // Only to get hold of it: the program's loader puts it in the way of the runs.
    using _ = debug.stepRuns((run) => this.runs.add(run), backend === undefined ? {} : { backend });
    const stepping = runObserver() as RunObserver;
    const own = this.instruments((main) => this.listener.ending(main));
    return {
      instruments: (run) => [
        ...(stepping.instruments?.(run) ?? []),
        ...(run.isSync ? [this.debug.spawnTraces()] : own),
      ],
      loopFor: (run, parts) => stepping.loopFor?.(run, parts),
      takeOver: (main, named, options) => {
        const { instruments = [] } = options as { instruments?: readonly unknown[] };
        return stepping.takeOver?.(main, named, { ...options, instruments: [...instruments, ...own] });
      },
    };
  }

  /** Of every run: they note where tasks are spawned, and when main ends. */
  private instruments(ending: (main: TaskInfo) => void): Instrument[] {
    const exit = (task: TaskInfo): void => {
      if (task.parentId === undefined) ending(task);
    };
    return [this.debug.spawnTraces(), { exit }];
  }

  /** Begins the run of a program that is exported. @throws what main throws before it gives an operation. */
  private begin(body: Body): void {
    const { backend = 'virtual', debug } = this;
    let ended: TaskInfo | undefined;
    const ending = (main: TaskInfo): void => {
      ended = main;
      this.listener.ending(main);
    };
    const options = { instruments: this.instruments(ending) };
    const common = { name: UNNAMED, owns: (task: TaskInfo) => task === ended, isUndone: () => false };
    this.exported = this.runs.add(
      backend === 'virtual'
        ? { ...common, kind: 'virtual', stepper: debug.createStepper(body, { ...options, backend }) }
        : { ...common, kind: 'host', stepper: debug.createStepper(body, { ...options, backend }) },
    );
  }
}
