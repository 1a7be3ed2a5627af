/** A launched program, in its own process: loads it, and puts its runs under the conductor. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { isCancelled } from '../../base/cancelled.js';
import type { SteppedProgram } from '../../debug/stepper/step-runs.js';
import { type RunObserver, runObserver } from '../../kernel/run-observer.js';
import { BAD_INPUT, InputError } from '../input-error.js';
import { type Body, openProgram, type Program } from '../load-program.js';
import type { DebugDoor } from '../treadle-copy.js';
import { BreakpointTable } from './breakpoint-table.js';
import { type ConductedRun, Conductor } from './conductor.js';
import type { Breakpoints, Debuggee, Move, Tell } from './debuggee.js';
import type { LaunchOptions } from './messages.js';
import { RequestError } from './request-error.js';

export class LaunchedProgram implements Debuggee {
  private readonly program: Program;
  private readonly debug: DebugDoor;
  private readonly options: LaunchOptions;
  private readonly tell: Tell;
  private readonly table = new BreakpointTable();
  private readonly conductor: Conductor;
  /** The file has thrown: the process ends as soon as that is told, whatever the file has left open. */
  isDead = false;
  private hasRun = false;
  private isEnding = false;
  private isBackendChecked = false;

  private constructor(program: Program, debug: DebugDoor, options: LaunchOptions, tell: Tell) {
    this.program = program;
    this.debug = debug;
    this.options = options;
    this.tell = tell;
    this.conductor = new Conductor(this.table, tell, options);
    // The debugger alone keeps the process only as long as there is a run that it can show.
    this.conductor.onLive = (isAnyLive) => {
      if (isAnyLive) process.channel?.ref();
      else process.channel?.unref();
    };
  }

  /** @throws InputError if there is no such program, or nothing here reads its language. */
  static async open(options: LaunchOptions, tell: Tell): Promise<LaunchedProgram> {
    const program = await openProgram(options.program, options.args);
    return new LaunchedProgram(program, await program.treadle.debug(), options, tell);
  }

  async setBreakpoints(breakpoints: Breakpoints): Promise<readonly DebugProtocol.Breakpoint[]> {
    const told = this.table.set(breakpoints);
    this.conductor.applyBreakpoints();
    return told;
  }

  /** Loads the program. A file that runs by itself is as good as loaded when its first run has begun. */
  start(): Promise<void> {
    return new Promise((begun, refused) => {
      const observer = this.observe((run) => {
        this.checkBackend();
        this.add(run);
        begun();
      });
      process.channel?.unref();
      this.program.load(observer).then(
        (body) => {
          if (body !== undefined) this.begin(body);
          begun();
        },
        (error: unknown) => {
          if (error instanceof InputError) {
            process.exitCode = BAD_INPUT;
            refused(new RequestError(error.message));
          } else {
            this.fail(error);
            this.isDead = true;
            begun();
          }
        },
      );
    });
  }

  async threads(): Promise<readonly DebugProtocol.Thread[]> {
    return this.conductor.threads();
  }

  async stackTrace(
    args: DebugProtocol.StackTraceArguments,
  ): Promise<DebugProtocol.StackTraceResponse['body']> {
    return this.conductor.standing.stackTrace(args);
  }

  async scopes(frameId: number): Promise<readonly DebugProtocol.Scope[]> {
    return this.conductor.standing.scopes(frameId);
  }

  async variables(args: DebugProtocol.VariablesArguments): Promise<readonly DebugProtocol.Variable[]> {
    return this.conductor.standing.variables(args);
  }

  async evaluate({
    expression,
    frameId,
    context,
  }: DebugProtocol.EvaluateArguments): Promise<DebugProtocol.EvaluateResponse['body']> {
    const mayChange = context === undefined || context === 'repl';
    return this.conductor.standing.evaluate(expression, frameId, mayChange);
  }

  async exceptionInfo(threadId: number): Promise<DebugProtocol.ExceptionInfoResponse['body']> {
    return this.conductor.exceptionInfo(threadId);
  }

  async move(move: Move, threadId: number): Promise<void> {
    this.conductor.move(move, threadId);
  }

  async pause(threadId: number): Promise<void> {
    this.conductor.pause(threadId);
  }

  async end(): Promise<void> {
    if (!this.isEnding) {
      this.isEnding = true;
      // As when the process is told to end from outside: a program that listens can say goodbye in its own way.
      process.emit('SIGTERM', 'SIGTERM');
    }
    await this.conductor.end();
  }

  /** With the first run the files are loaded. */
  private add(run: ConductedRun): void {
    if (!this.hasRun) {
      this.hasRun = true;
      for (const note of this.table.loaded())
        this.tell({ event: 'output', category: 'important', output: `${note}\n` });
    }
    this.conductor.add(run);
  }

  /** What puts the runs that the program begins by itself under steppers: that of the copy of the library it uses. */
  private observe(onRun: (run: SteppedProgram) => void): RunObserver {
    using _ = this.debug.stepRuns(onRun);
    return runObserver() as RunObserver;
  }

  /** Begins the run of a program that exports it. */
  private begin(body: Body): void {
    const { backend = 'virtual' } = this.options;
    let stepper: ReturnType<DebugDoor['createStepper']>;
    try {
      stepper = this.debug.createStepper(body, { backend, name: 'main' });
    } catch (error) {
      this.fail(error); // main threw before it gave an operation
      return;
    }
    const onEnd = (): void => {
      try {
        stepper.result;
      } catch (error) {
        if (!(this.isEnding && isCancelled(error))) this.fail(error);
      }
    };
    this.add({ name: 'main', kind: backend === 'virtual' ? 'virtual' : 'host', stepper, onEnd });
  }

  /** Says that the backend cannot be chosen, if it was. */
  private checkBackend(): void {
    const { backend, program } = this.options;
    if (backend === undefined || this.isBackendChecked) return;
    this.isBackendChecked = true;
    const output =
      `"backend": "${backend}" has no effect: ${program} begins its runs itself, on the backends that it names. ` +
      'It is for programs that export main.\n';
    this.tell({ event: 'output', category: 'important', output });
  }

  private fail(error: unknown): void {
    console.error(this.debug.formatError(error, { color: false }));
    process.exitCode = 1;
  }
}
