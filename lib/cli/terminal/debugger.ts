/**
 * A session of the terminal debugger, from the loading of the program to the exit code: reads commands and carries
 * them out, and shows what the program does by itself.
 */
import { Readable } from 'node:stream';
import { painter } from '../../debug/paint.js';
import type { Step } from '../../debug/stepper/step.js';
import type { TaskInfo } from '../../kernel/instrument.js';
import { BAD_INPUT } from '../input-error.js';
import { openProgram } from '../load-program.js';
import type { DebugDoor } from '../treadle-copy.js';
import { findCommand } from './command.js';
import { COMMANDS } from './commands.js';
import { completeLine } from './completion.js';
import { conditioned } from './conditioned.js';
import { type BackendChoice, DebuggedProgram, type Door, type Listener } from './debugged-program.js';
import type { DebuggedRun } from './debugged-run.js';
import { Interrupts } from './interrupts.js';
import { ChainedLines, type Lines, PipedLines, ScriptLines } from './lines.js';
import { parseBreakpoint } from './parse-breakpoint.js';
import { ProgramOutput } from './program-output.js';
import { Session } from './session.js';
import { describeStep } from './step-words.js';
import { TerminalLines } from './terminal-lines.js';

const PROMPT = '(treadle) ';
/** Milliseconds that clean-up may take when the debugger is left. */
const PATIENCE = 5000;

export interface DebugOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly backend: BackendChoice | undefined;
  /** Breakpoints, as they are typed. */
  readonly breakpoints: readonly string[];
  /** The text of a file of commands. */
  readonly commands: string | undefined;
  readonly color: boolean;
  readonly historyFile: string | undefined;
  /** Puts the runs under other steppers than the library's own: those of a replay. */
  readonly steppers?: (door: DebugDoor) => Pick<Door, 'createStepper' | 'stepRuns' | 'keepsOrder'>;
}

export class Debugger implements Listener {
  private readonly options: DebugOptions;
  private readonly output: ProgramOutput;
  private readonly session: Session;
  private readonly input = process.stdin;
  private readonly isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  private isStarting = true;
  private isLeaving = false;
  /** What is wrong with a breakpoint of the command line: it shows when the program is loaded. */
  private refusal: string | undefined;

  private constructor(options: DebugOptions) {
    const { color } = options;
    const paint = painter(color);
    this.options = options;
    this.output = new ProgramOutput(paint);
    this.session = new Session(this.output, paint, color);
  }

  /**
   * Debugs a program to the end of the session. Gives the exit code.
   * @throws InputError if the program cannot be debugged, or a breakpoint that the options name can hold nowhere.
   */
  static async run(options: DebugOptions): Promise<number> {
    const program = await openProgram(options.file, options.args);
    const door = await program.treadle.debug();
    const debug = { ...door, ...options.steppers?.(door) };
    const session = new Debugger(options);
    session.session.formatError = (error) => debug.formatError(error, { color: options.color, code: true });
    endInputOfProgram();
    session.session.program = new DebuggedProgram(program, debug, options.backend, session);
    using interrupts = session.isTerminal
      ? new Interrupts(() => session.session.program.runs.interrupt())
      : undefined;
    void interrupts;
    const onExit = (code: number): void => session.exited(code);
    const onError = (error: unknown): void =>
      session.failed('an error was thrown, and nobody has caught it', error);
    const { unhandled, runs } = session.session.program;
    const onRejection = (error: unknown, promise: Promise<unknown>): void => {
      if (runs.isEnding && isCancellation(error)) return;
      unhandled.add(promise);
      session.tellFailure('a promise was rejected, and nobody has handled it', error);
    };
    // A run stands, and another one fails for which it is about to wait: that is handled late, and handled yet.
    const onHandled = (promise: Promise<unknown>): void => void unhandled.delete(promise);
    process.on('exit', onExit);
    process.on('uncaughtException', onError);
    process.on('unhandledRejection', onRejection);
    process.on('rejectionHandled', onHandled);
    try {
      return await session.go();
    } finally {
      process.off('exit', onExit);
      process.off('uncaughtException', onError);
      process.off('unhandledRejection', onRejection);
      process.off('rejectionHandled', onHandled);
      session.output[Symbol.dispose]();
    }
  }

  begun(run: DebuggedRun): void {
    try {
      this.session.breakpoints.apply(run.stepper.breakpoints);
    } catch (error) {
      if (this.isStarting) this.refusal = (error as Error).message;
      else this.refuse(error);
    }
    const clock = run.isVirtual ? 'the virtual clock' : 'the real clock';
    this.output.inTurn(() => this.session.say(this.session.paint('dim', `${run.name} begins, on ${clock}`)));
  }

  ending(main: TaskInfo): void {
    this.output.keepPlace(main);
  }

  ended(run: DebuggedRun, step: Step | undefined): void {
    const { session } = this;
    this.output.inPlace(run.owns, () => {
      if (this.isLeaving) return;
      if (step !== undefined) session.say(describeStep(step, run.begin, session.paint));
      session.showEnd(run);
    });
  }

  nothingToRun(): void {
    this.output[Symbol.dispose](); // the loader says it
  }

  failed(what: string, error: unknown): void {
    const { program } = this.session;
    if (program.runs.isEnding && isCancellation(error)) return;
    program.hasThrown = true;
    this.tellFailure(what, error);
  }

  private tellFailure(what: string, error: unknown): void {
    const { session } = this;
    if (session.shownErrors.has(error)) return;
    // The end of the run is told in a moment, and its error with it.
    if (session.program.runs.all.some((run) => run.hasEndedBy(error))) return;
    session.shownErrors.add(error);
    session.say(`${session.paint('red', `${what}:`)}\n${session.formatError(error)}`);
  }

  brokeAt(run: DebuggedRun): void {
    const { session } = this;
    for (const listed of session.breakpoints.all) {
      if (!run.stepper.holding.includes(listed.breakpoint)) continue;
      listed.hits++;
      session.say(session.paint('magenta', `breakpoint ${listed.number}: ${listed.title}`));
    }
  }

  private async go(): Promise<number> {
    const { session, options } = this;
    const { program } = session;
    for (const text of options.breakpoints)
      session.breakpoints.add(conditioned(session, parseBreakpoint(text, undefined)), []);
    await program.start();
    this.isStarting = false;
    if (this.refusal !== undefined) {
      this.output[Symbol.dispose]();
      console.error(`treadle: the option --break: ${this.refusal}`);
      return BAD_INPUT;
    }
    if (program.runs.count === 0 && (program.runs.isOver || program.hasFailed)) return program.exitCode;
    const [first] = program.runs.all;
    if (first !== undefined) {
      session.choose(first);
      session.showPlace();
    }
    const lines = this.lines();
    let repeated = '';
    while (!session.isOver) {
      this.output.release();
      const line = await lines.next(session.paint('bold', PROMPT));
      if (line === undefined) break;
      const text = line.trim();
      if (text.startsWith('#')) continue;
      repeated = await this.carryOut(text === '' ? repeated : text, repeated);
    }
    const { exitCode } = program; // that it is cancelled now is not its fault
    await this.leave();
    await this.output.flush();
    return exitCode;
  }

  /** Gives what an empty line does from now on. */
  private async carryOut(line: string, repeated: string): Promise<string> {
    if (line === '') return repeated;
    const { session } = this;
    session.refresh();
    try {
      const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
      const command = findCommand(COMMANDS, word);
      // Also when it cannot be done: it may be possible the next time.
      const next = command.isRepeated === true ? line : repeated;
      try {
        await command.carryOut(session, rest);
      } catch (error) {
        this.refuse(error);
      }
      return next;
    } catch (error) {
      this.refuse(error);
      return repeated;
    }
  }

  private refuse(error: unknown): void {
    const { session } = this;
    const text = error instanceof Error ? error.message : String(error);
    session.say(session.paint('red', text));
  }

  private lines(): Lines {
    const { session, output, options } = this;
    const write = (text: string): void => {
      output.endLine();
      output.raw(text);
    };
    const typed = this.isTerminal
      ? new TerminalLines(
          this.input,
          output,
          (line) => completeLine(line, COMMANDS, session),
          options.historyFile,
        )
      : new PipedLines(this.input, write);
    const { commands } = options;
    return commands === undefined ? typed : new ChainedLines([new ScriptLines(commands, write), typed]);
  }

  /** Cancels what is alive, and lets its clean-up go to its end. */
  private async leave(): Promise<void> {
    const { session } = this;
    const { live } = session.program.runs;
    this.isLeaving = true;
    if (live.length === 0) return;
    session.say(
      session.paint('dim', `${live.map(({ name }) => name).join(', ')}: cancelled, for the debugger is left`),
    );
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        session.say(session.paint('red', `clean-up has not ended within ${PATIENCE / 1000} s, and is left`));
        resolve();
      }, PATIENCE);
    });
    await Promise.race([session.program.runs.end('the debugger was left'), patience]);
    clearTimeout(timer);
  }

  /** The program has ended the process. */
  private exited(code: number): void {
    const { session } = this;
    session.say(
      session.paint(
        'red',
        `the process ends, with the exit code ${code}: the program has called process.exit`,
      ),
    );
    this.output[Symbol.dispose]();
  }
}

/** What is typed is for the debugger: a program that reads its standard input comes to its end at once. */
function endInputOfProgram(): void {
  Object.defineProperty(process, 'stdin', { value: Readable.from([]), configurable: true });
}

function isCancellation(error: unknown): boolean {
  return error instanceof Error && error.name === 'Cancelled';
}
