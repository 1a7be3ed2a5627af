/**
 * A live process that the debugger has attached to, by its inspector: it need not have been prepared for it. Its tasks
 * can be looked at while it runs, and it can be made to stand still as a whole, with all that is to be seen of a
 * launched program. It cannot be stepped: its loop is the ordinary one, which asks nobody before it goes on.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Attachment } from '../../debug/attach/attach.js';
import { AttachError } from '../../debug/attach/attach-error.js';
import { CLOSED } from '../../debug/attach/attach-socket.js';
import type { InspectOptions } from '../../debug/inspect/inspection.js';
import { askAsync } from '../../debug/inspect/inspector-protocol.js';
import { NotTreadleError } from '../../debug/inspect/remote-inspection.js';
import { Sources } from '../../debug/source/sources.js';
import type { Breakpoints, Debuggee, Move, Tell } from './debuggee.js';
import { PausingInspector } from './pausing-inspector.js';
import { CLEAR_DESK, remoteLook, runsOf } from './remote-look.js';
import { RemoteValues } from './remote-values.js';
import { RequestError } from './request-error.js';
import { Standing } from './standing.js';
import { baseAt } from './thread-ids.js';

/** Milliseconds for a process to stand still. */
const PATIENCE = 3000;
/** What is enough to name the tasks of a process that runs. */
const GLANCE: InspectOptions = { locals: false, hiddenFrames: false };
const LAUNCH_INSTEAD = 'launch the program in the debugger to do that';

export class AttachedProcess implements Debuggee {
  private readonly attachment: Attachment;
  private readonly inspector: PausingInspector;
  private readonly tell: Tell;
  private readonly sources = new Sources();
  private standing: Promise<Standing> | undefined;

  private constructor(attachment: Attachment, tell: Tell) {
    this.attachment = attachment;
    this.inspector = new PausingInspector(attachment);
    this.tell = tell;
    attachment.onEvent(CLOSED, () => tell({ event: 'ended' }));
  }

  /** @throws RequestError if it cannot be looked into. It is left as it was then. */
  static async attach(
    target: { readonly pid: number } | { readonly port: number },
    tell: Tell,
  ): Promise<AttachedProcess> {
    let attachment: Attachment | undefined;
    try {
      attachment = 'pid' in target ? await Attachment.to(target.pid) : await Attachment.at(target.port);
      const process = new AttachedProcess(attachment, tell);
      await process.look(GLANCE);
      await process.clear();
      return process;
    } catch (error) {
      await attachment?.detach();
      throw inWords(error);
    }
  }

  async setBreakpoints({ lines, functions }: Breakpoints): Promise<readonly DebugProtocol.Breakpoint[]> {
    const message = `A process that was attached to does not stop at breakpoints: ${LAUNCH_INSTEAD}.`;
    return [...Object.values(lines).flat(), ...functions].map(({ id }) => ({ id, verified: false, message }));
  }

  async start(): Promise<void> {}

  async threads(): Promise<readonly DebugProtocol.Thread[]> {
    const { standing } = this;
    if (standing !== undefined) return (await standing).threads();
    const threads = (await this.look(GLANCE)).threads();
    await this.clear();
    return threads;
  }

  async stackTrace(
    args: DebugProtocol.StackTraceArguments,
  ): Promise<DebugProtocol.StackTraceResponse['body']> {
    return (await this.stood()).stackTrace(args);
  }

  async scopes(frameId: number): Promise<readonly DebugProtocol.Scope[]> {
    return (await this.stood()).scopes(frameId);
  }

  async variables(args: DebugProtocol.VariablesArguments): Promise<readonly DebugProtocol.Variable[]> {
    return (await this.stood()).variables(args);
  }

  async evaluate({
    expression,
    frameId,
    context,
  }: DebugProtocol.EvaluateArguments): Promise<DebugProtocol.EvaluateResponse['body']> {
    const mayChange = context === undefined || context === 'repl';
    return (await this.stood()).evaluate(expression, frameId, mayChange);
  }

  async exceptionInfo(): Promise<never> {
    throw new RequestError(
      'A process that was attached to stops only when it is paused, not because of an error.',
    );
  }

  async move(move: Move): Promise<void> {
    if (move !== 'continue') {
      throw new RequestError(
        `A process that was attached to can be paused and continued, but not stepped: ${LAUNCH_INSTEAD}.`,
      );
    }
    await this.stood();
    await this.clear();
    await this.inspector.resume();
  }

  async pause(threadId: number): Promise<void> {
    if (this.inspector.callFrames !== undefined) throw new RequestError('The process stands still already.');
    const pausing = this.inspector.pause();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, PATIENCE, 'late');
    });
    const outcome = await Promise.race([pausing, late]).finally(() => clearTimeout(timer));
    if (outcome === 'late') {
      void pausing.then(() => this.inspector.resume()).catch(() => {});
      throw new RequestError(
        'The process does not come to stand: it is in a native function that takes long.',
      );
    }
    this.standing = this.look({});
    const threads = (await this.standing).threads();
    const isThere = threads.some(({ id }) => id === threadId);
    const shown = isThere ? threadId : (threads[0]?.id ?? 0);
    setImmediate(() => this.tell({ event: 'stopped', body: { reason: 'pause', threadId: shown } }));
  }

  /** Leaves the process to itself. */
  async end(): Promise<void> {
    await this.clear().catch(() => {});
    await this.inspector.resume().catch(() => {});
    await this.attachment.detach();
  }

  private stood(): Promise<Standing> {
    if (this.standing === undefined) throw new RequestError('The process is running: pause it first.');
    return this.standing;
  }

  /** Looks at all tasks. */
  private async look(options: InspectOptions): Promise<Standing> {
    const { inspector } = this;
    const tasks = await askAsync(inspector, remoteLook(this.sources, options)).catch((error: unknown) => {
      throw inWords(error);
    });
    const runs = runsOf(tasks).map((run, index) => ({ ...run, base: baseAt(index) }));
    return new Standing(runs, new RemoteValues(inspector));
  }

  /** Forgets what was seen, here and there. */
  private async clear(): Promise<void> {
    this.standing = undefined;
    await this.inspector.post('Runtime.evaluate', { expression: CLEAR_DESK, silent: true });
  }
}

function inWords(error: unknown): unknown {
  const isSentence = error instanceof AttachError || error instanceof NotTreadleError;
  return isSentence ? new RequestError(error.message) : error;
}
