/**
 * An editor's side of the Debug Adapter Protocol, for specs: the client of VS Code's own test support, with a queue
 * of events, so that none is missed that came before somebody waited for it.
 */
import type { ChildProcess } from 'node:child_process';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';

const EVENTS = ['initialized', 'capabilities', 'stopped', 'output', 'exited', 'terminated'] as const;
type EventName = (typeof EVENTS)[number];

interface Bodies {
  stopped: DebugProtocol.StoppedEvent['body'] & { threadId: number };
  output: DebugProtocol.OutputEvent['body'];
  exited: DebugProtocol.ExitedEvent['body'];
  capabilities: DebugProtocol.CapabilitiesEvent['body'];
  initialized: undefined;
  terminated: undefined;
}

export interface Wanted {
  /** Of the program's file. */
  readonly lines?: readonly (number | DebugProtocol.SourceBreakpoint)[];
  readonly functions?: readonly (string | DebugProtocol.FunctionBreakpoint)[];
  readonly filters?: readonly string[];
}

export type Move = 'continue' | 'next' | 'stepIn' | 'stepOut' | 'stepBack' | 'reverseContinue';

export class DapClient extends DebugClient {
  /** What the adapter said of the breakpoints of lines and functions that `begin` has set. */
  breakpoints: readonly DebugProtocol.Breakpoint[] = [];
  /** All that the program and the adapter have written, by category. */
  readonly written: Partial<Record<string, string>> = {};
  private readonly queues = new Map<string, unknown[]>();
  private readonly waiting = new Map<string, (body: never) => void>();

  constructor() {
    super('node', '', 'treadle');
    for (const name of EVENTS) this.on(name, (event: DebugProtocol.Event) => this.receive(name, event.body));
    this.on('output', ({ body: { category = 'console', output } }: DebugProtocol.OutputEvent) => {
      this.written[category] = (this.written[category] ?? '') + output;
    });
  }

  /** Speaks with an adapter on its standard input and output. */
  speakWith({ stdin, stdout }: ChildProcess): void {
    this.connect(stdout!, stdin!);
  }

  /** The next event of this name that nobody has taken yet. */
  next<N extends EventName>(name: N): Promise<Bodies[N]> {
    const queue = this.queues.get(name) ?? [];
    if (queue.length > 0) return Promise.resolve(queue.shift() as Bodies[N]);
    return new Promise((resolve) => this.waiting.set(name, resolve));
  }

  /** Whether such an event has come that nobody has taken. */
  has(name: EventName): boolean {
    return (this.queues.get(name) ?? []).length > 0;
  }

  /** Goes through the beginning of a session as an editor does, up to the answer to `launch` or `attach`. */
  async begin(request: 'launch' | 'attach', args: object, wanted: Wanted = {}): Promise<void> {
    await this.initializeRequest();
    const begun =
      request === 'launch' ? this.launchRequest(args as never) : this.attachRequest(args as never);
    const failed = begun.then(
      () => new Promise<never>(() => {}),
      (error: unknown) => Promise.reject(error),
    );
    await Promise.race([this.next('initialized'), failed]);
    const { lines = [], functions = [], filters = [] } = wanted;
    const path = (args as { program?: string }).program;
    if (path !== undefined) {
      const { body } = await this.setBreakpointsRequest({
        source: { path },
        breakpoints: lines.map((line) => (typeof line === 'number' ? { line } : line)),
      });
      const named = await this.setFunctionBreakpointsRequest({
        breakpoints: functions.map((name) => (typeof name === 'string' ? { name } : name)),
      });
      this.breakpoints = [...body.breakpoints, ...named.body.breakpoints];
    }
    await this.setExceptionBreakpointsRequest({ filters: [...filters] });
    await this.configurationDoneRequest();
    await begun;
  }

  /** Moves, and gives where the program stops: "step #1 child:4 < main:12". */
  async moves(move: Move, threadId = 1): Promise<string> {
    await this.customRequest(move, { threadId });
    return this.stops();
  }

  /** Where the program stops next. */
  async stops(): Promise<string> {
    const { reason, threadId } = await this.next('stopped');
    return `${reason} #${threadId} ${await this.stack(threadId)}`;
  }

  async stack(threadId = 1): Promise<string> {
    const frames = await this.frames(threadId);
    return frames.map(({ name, line }) => `${name}:${line}`).join(' < ');
  }

  async frames(threadId = 1): Promise<DebugProtocol.StackFrame[]> {
    return (await this.stackTraceRequest({ threadId })).body.stackFrames;
  }

  async threadNames(): Promise<string[]> {
    return (await this.threadsRequest()).body.threads.map(({ id, name }) => `${id} ${name}`);
  }

  /** The variables of a scope of the innermost frame, by name. */
  async scope(name: string, threadId = 1, frame = 0): Promise<Record<string, DebugProtocol.Variable>> {
    const { id } = (await this.frames(threadId))[frame]!;
    const { scopes } = (await this.scopesRequest({ frameId: id })).body;
    const scope = scopes.find((one) => one.name === name);
    return scope === undefined ? {} : this.below(scope.variablesReference);
  }

  async below(variablesReference: number): Promise<Record<string, DebugProtocol.Variable>> {
    const { variables } = (await this.variablesRequest({ variablesReference })).body;
    return Object.fromEntries(variables.map((variable) => [variable.name, variable]));
  }

  /** The values of a scope in words, by name. */
  async values(name: string, threadId = 1, frame = 0): Promise<Record<string, string>> {
    const variables = Object.values(await this.scope(name, threadId, frame));
    return Object.fromEntries(variables.map((variable) => [variable.name, variable.value]));
  }

  async evaluates(
    expression: string,
    context: 'hover' | 'watch' | 'repl' = 'hover',
    threadId = 1,
  ): Promise<string> {
    const frameId = (await this.frames(threadId))[0]!.id;
    return (await this.evaluateRequest({ expression, frameId, context })).body.result;
  }

  private receive(name: EventName, body: unknown): void {
    const waiting = this.waiting.get(name);
    this.waiting.delete(name);
    if (waiting !== undefined) waiting(body as never);
    else this.queues.set(name, [...(this.queues.get(name) ?? []), body]);
  }
}

/** What a request is refused with. */
export async function refusal(request: Promise<unknown>): Promise<string> {
  try {
    await request;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the request was not refused');
}
