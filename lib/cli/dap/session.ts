/**
 * A session with an editor: the Debug Adapter Protocol on one side, a debuggee on the other.
 *
 *     editor ── initialize, launch ─▶ session ── starts the process ─▶ debuggee
 *            ◀─ initialized ────────
 *            ── setBreakpoints … ──▶         ── setBreakpoints ──▶
 *            ── configurationDone ─▶         ── start ──▶
 *            ◀─ launched; stopped ──         ◀─ stopped ──
 *
 * A request that cannot be fulfilled gets an error with a sentence, also one that this adapter does not know.
 */
import {
  CapabilitiesEvent,
  DebugSession,
  Event,
  InitializedEvent,
  OutputEvent,
  Response,
  TerminatedEvent,
} from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { attachOptions, launchOptions, unknownNames } from './arguments.js';
import { EXCEPTION_FILTERS } from './breakpoint-table.js';
import type { Debuggee, DebuggeeEvent, Move } from './debuggee.js';
import { LaunchedProcess } from './launched-process.js';
import { RequestError } from './request-error.js';
import { WantedBreakpoints } from './wanted-breakpoints.js';

/** The number that errors of this adapter have in the protocol. */
const ERROR_ID = 1;

type Arguments = Readonly<Record<string, unknown>>;
type Handler = (args: never) => Promise<object | undefined> | object | undefined;

interface BreakpointsBody {
  readonly breakpoints: DebugProtocol.Breakpoint[];
}

const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsExceptionInfoRequest: true,
  supportsTerminateRequest: true,
  supportsRestartRequest: true,
  supportsDelayedStackTraceLoading: true,
  exceptionBreakpointFilters: [...EXCEPTION_FILTERS],
};

export class TreadleSession extends DebugSession {
  private debuggee: Debuggee | undefined;
  /** How the debuggee came to be: to do it again. */
  private begin: (() => Promise<void>) | undefined;
  private readonly breakpoints = new WantedBreakpoints();
  private isRestarting = false;
  /** Aborts when the session is over. */
  private readonly over = new AbortController();
  private configured: () => void = () => {};
  private readonly configuration = new Promise<void>((resolve) => {
    this.configured = resolve;
  });

  constructor() {
    super(true);
    this.setDebuggerLinesStartAt1(true);
    this.setDebuggerColumnsStartAt1(true);
  }

  /** The editor has gone, or is done. */
  override shutdown(): void {
    this.over.abort();
    void this.debuggee?.end().catch(() => {});
    super.shutdown();
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    if (request.command === 'initialize') super.dispatchRequest(request);
    else void this.answer(request);
  }

  protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
    response.body = CAPABILITIES;
    this.sendResponse(response);
  }

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const response: DebugProtocol.Response = new Response(request);
    try {
      const handler = this.handlers[request.command];
      if (handler === undefined) {
        throw new RequestError(`treadle dap cannot do "${request.command}".`);
      }
      const body = await handler((request.arguments ?? {}) as never);
      if (body !== undefined) response.body = body;
      this.sendResponse(response);
    } catch (error) {
      const { message, stack = message } = error as Error;
      const text = error instanceof RequestError ? message : `treadle dap: ${stack}`;
      // As a variable, for braces in the text of a format mean variables; those with _ are shown to the user.
      this.sendErrorResponse(response, {
        id: ERROR_ID,
        format: '{_text}',
        variables: { _text: text },
        showUser: true,
      });
    }
    if (request.command === 'disconnect') this.shutdown();
  }

  private readonly handlers: Readonly<Record<string, Handler>> = {
    launch: (args: Arguments) => this.launch(args),
    attach: (args: Arguments) => this.attach(args),
    restart: ({ arguments: args }: DebugProtocol.RestartArguments) =>
      this.restart(args as Arguments | undefined),
    configurationDone: () => this.configured() as undefined,
    disconnect: () => this.end(),
    terminate: () => {
      void this.end();
      return undefined;
    },
    setBreakpoints: (args: DebugProtocol.SetBreakpointsArguments) => this.setLines(args),
    setFunctionBreakpoints: (args: DebugProtocol.SetFunctionBreakpointsArguments) => this.setFunctions(args),
    setExceptionBreakpoints: (args: DebugProtocol.SetExceptionBreakpointsArguments) => this.setFilters(args),
    threads: async () => ({ threads: this.debuggee === undefined ? [] : await this.debuggee.threads() }),
    stackTrace: (args: DebugProtocol.StackTraceArguments) => this.stackTrace(args),
    scopes: async ({ frameId }: DebugProtocol.ScopesArguments) => ({
      scopes: await this.live.scopes(frameId),
    }),
    variables: async (args: DebugProtocol.VariablesArguments) => ({
      variables: await this.live.variables(args),
    }),
    evaluate: (args: DebugProtocol.EvaluateArguments) => this.live.evaluate(args),
    exceptionInfo: ({ threadId }: DebugProtocol.ExceptionInfoArguments) => this.live.exceptionInfo(threadId),
    pause: ({ threadId }: DebugProtocol.PauseArguments) => this.live.pause(threadId) as Promise<undefined>,
    continue: async (args: DebugProtocol.ContinueArguments) => {
      await this.move('continue', args);
      return { allThreadsContinued: true };
    },
    next: (args: DebugProtocol.NextArguments) => this.move('next', args),
    stepIn: (args: DebugProtocol.StepInArguments) => this.move('stepIn', args),
    stepOut: (args: DebugProtocol.StepOutArguments) => this.move('stepOut', args),
    stepBack: (args: DebugProtocol.StepBackArguments) => this.move('stepBack', args),
    reverseContinue: (args: DebugProtocol.ReverseContinueArguments) => this.move('reverseContinue', args),
  };

  private get live(): Debuggee {
    if (this.debuggee === undefined)
      throw new RequestError('No program is being debugged: launch or attach first.');
    return this.debuggee;
  }

  private async move(move: Move, { threadId }: { readonly threadId: number }): Promise<undefined> {
    await this.live.move(move, threadId);
    return undefined;
  }

  private async launch(args: Arguments): Promise<undefined> {
    const options = launchOptions(args);
    if (args['noDebug'] === true) this.breakpoints.ignore();
    await this.open('launch', args, async () => {
      this.debuggee = await LaunchedProcess.launch(options, (event) => this.tell(event), this.over.signal);
    });
    return undefined;
  }

  private async attach(args: Arguments): Promise<undefined> {
    const target = attachOptions(args);
    const { AttachedProcess } = await import('./attached-process.js');
    await this.open('attach', args, async () => {
      this.debuggee = await AttachedProcess.attach(target, (event) => this.tell(event));
    });
    return undefined;
  }

  private async open(
    request: 'launch' | 'attach',
    args: Arguments,
    begin: () => Promise<void>,
  ): Promise<void> {
    if (this.begin !== undefined) throw new RequestError('This session has a program already.');
    await begin();
    if (this.over.signal.aborted) {
      await this.debuggee?.end();
      throw new RequestError('The session was over before the program had begun.');
    }
    const unknown = unknownNames(request, args);
    if (unknown !== undefined) this.tell({ event: 'output', category: 'important', output: `${unknown}\n` });
    this.begin = begin;
    this.sendEvent(new InitializedEvent());
    await this.configuration;
    await this.startProgram();
  }

  private async startProgram(): Promise<void> {
    const debuggee = this.live;
    await debuggee.setBreakpoints(this.breakpoints.wanted);
    try {
      await debuggee.start();
    } catch (error) {
      if (this.debuggee === undefined) return; // it has ended already: that has been told
      void this.end();
      throw error;
    }
  }

  private async restart(args: Arguments | undefined): Promise<undefined> {
    if (this.begin === undefined) throw new RequestError('There is no program to restart.');
    if (args !== undefined && 'program' in args) {
      const options = launchOptions(args);
      this.begin = async () => {
        this.debuggee = await LaunchedProcess.launch(options, (event) => this.tell(event), this.over.signal);
      };
    }
    this.isRestarting = true;
    try {
      await this.debuggee?.end();
    } finally {
      this.isRestarting = false;
    }
    await this.begin();
    await this.startProgram();
    return undefined;
  }

  private async end(): Promise<undefined> {
    this.over.abort();
    await this.debuggee?.end();
    return undefined;
  }

  private setLines(args: DebugProtocol.SetBreakpointsArguments): Promise<BreakpointsBody> {
    return this.setBreakpoints(
      this.breakpoints.setLines(args, (line) => this.convertClientLineToDebugger(line)),
    );
  }

  private setFunctions(args: DebugProtocol.SetFunctionBreakpointsArguments): Promise<BreakpointsBody> {
    return this.setBreakpoints(this.breakpoints.setFunctions(args));
  }

  private async setFilters(args: DebugProtocol.SetExceptionBreakpointsArguments): Promise<BreakpointsBody> {
    const breakpoints = this.breakpoints.setFilters(args);
    await this.setBreakpoints([]);
    return { breakpoints };
  }

  /** Sets them all, and gives what has become of these. */
  private async setBreakpoints(ids: readonly number[]): Promise<BreakpointsBody> {
    const told = (await this.debuggee?.setBreakpoints(this.breakpoints.wanted)) ?? [];
    const breakpoints = ids.map((id): DebugProtocol.Breakpoint => {
      const { line, ...breakpoint } = told.find((one) => one.id === id) ?? { id, verified: false };
      return line === undefined
        ? breakpoint
        : { ...breakpoint, line: this.convertDebuggerLineToClient(line) };
    });
    return { breakpoints };
  }

  private async stackTrace(
    args: DebugProtocol.StackTraceArguments,
  ): Promise<DebugProtocol.StackTraceResponse['body']> {
    const { stackFrames, totalFrames = stackFrames.length } = await this.live.stackTrace(args);
    const converted = stackFrames.map((frame) =>
      frame.source === undefined
        ? frame
        : {
            ...frame,
            line: this.convertDebuggerLineToClient(frame.line),
            column: this.convertDebuggerColumnToClient(frame.column),
          },
    );
    return { stackFrames: converted, totalFrames };
  }

  private tell(event: DebuggeeEvent): void {
    if (event.event === 'stopped') {
      this.sendEvent(new Event('stopped', { ...event.body, allThreadsStopped: true }));
    } else if (event.event === 'output') this.sendEvent(new OutputEvent(event.output, event.category));
    else if (event.event === 'canGoBack') this.sendEvent(new CapabilitiesEvent({ supportsStepBack: true }));
    else {
      this.debuggee = undefined;
      if (this.isRestarting) return;
      if (event.code !== undefined) this.sendEvent(new Event('exited', { exitCode: event.code }));
      this.sendEvent(new TerminatedEvent());
    }
  }
}
