/**
 * Looks into a live Node process that nobody has prepared for it, and leaves it as it was: its inspector is opened
 * and found, asked over a web socket, and closed again if it was closed before. The process goes on all the while;
 * it stands still only for the moments in which it answers. (Node itself writes some lines to its standard error.)
 */

import type { AsyncInspector } from '../inspect/inspector-protocol.js';
import { AttachError } from './attach-error.js';
import { closed, inspectorAt, type OpenInspector, openInspector } from './attach-inspector.js';
import { checkProcess, idsOf } from './attach-process.js';
import { InspectorSocket } from './attach-socket.js';

/**
 * How the inspector is closed: by the process itself, from a timer, while we are connected and keep still. Node crashes
 * if it closes the inspector from within an answer, and may crash if it does while anything is on its way: an answer, or
 * the end of a connection that the other side closes. So it waits a little for its answer to have left. A process that
 * is busy comes to it late; we have gone by then, and it waits longer, for us to have gone surely.
 */
const CLOSE = `{
  const { getBuiltinModule, uptime } = process;
  const { setTimeout } = getBuiltinModule('node:timers');
  const close = () => getBuiltinModule('node:inspector').close();
  const asked = uptime();
  setTimeout(() => void (uptime() - asked < 0.5 ? close() : setTimeout(close, 2000).unref()), 50).unref();
  undefined;
}`;

/** Milliseconds: more than the half second of above, less than the two seconds. */
const CLOSING_TIME = 1000;
/** Milliseconds for a process to answer a simple question, even one that is busy. */
const ANSWERING_TIME = 5000;

export class Attachment implements AsyncInspector, AsyncDisposable {
  private readonly socket: InspectorSocket;
  private readonly pid: number;
  private readonly inspector: OpenInspector;
  private detaching: Promise<void> | undefined;

  private constructor(pid: number, socket: InspectorSocket, inspector: OpenInspector) {
    this.pid = pid;
    this.socket = socket;
    this.inspector = inspector;
  }

  /**
   * Attaches to the process with this id.
   * @throws AttachError if there is no such process, if it is another user's or not Node, or if its inspector cannot
   *   be opened. It has not been harmed.
   */
  static async to(pid: number): Promise<Attachment> {
    checkProcess(pid);
    const inspector = await openInspector(pid);
    const attachment = new Attachment(pid, await InspectorSocket.connect(inspector.url), inspector);
    try {
      const id = await attachment.evaluate('process.pid');
      if (!idsOf(pid).includes(Number(id))) {
        throw new AttachError(
          `the inspector that was found is that of process ${id}, not of process ${pid}: try again`,
        );
      }
    } catch (error) {
      await attachment.detach();
      throw error;
    }
    return attachment;
  }

  /**
   * Attaches to the process whose inspector is open at this port of this machine.
   * @throws AttachError if none is.
   */
  static async at(port: number): Promise<Attachment> {
    const inspector = { url: await inspectorAt(port), isOurs: false };
    const attachment = new Attachment(0, await InspectorSocket.connect(inspector.url), inspector);
    try {
      await attachment.evaluate('0');
    } catch (error) {
      await attachment.detach();
      throw error;
    }
    return attachment;
  }

  post(method: string, params?: object): Promise<unknown> {
    return this.socket.post(method, params);
  }

  onEvent(name: string, listener: (params: unknown) => void): () => void {
    return this.socket.onEvent(name, listener);
  }

  /** The value of an expression in the process, as JSON has it. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = this.post('Runtime.evaluate', { expression, returnByValue: true, silent: true });
    const { result, exceptionDetails } = (await inTime(answer)) as {
      readonly result: { readonly value?: unknown };
      readonly exceptionDetails?: { readonly text: string };
    };
    if (exceptionDetails !== undefined) throw new Error(`the process answers: ${exceptionDetails.text}`);
    return result.value;
  }

  /** Leaves the process as it was. */
  detach(): Promise<void> {
    this.detaching ??= this.leave();
    return this.detaching;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.detach();
  }

  private async leave(): Promise<void> {
    if (this.inspector.isOurs) {
      try {
        await this.evaluate(CLOSE);
        await this.socket.closesWithin(CLOSING_TIME);
        await closed(this.pid, this.inspector);
      } catch {
        // It has ended meanwhile, or has closed the inspector itself.
      }
    }
    await this.socket.close();
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new AttachError(
          'the process does not answer: it is stopped, or in a native function that takes long',
        ),
      );
    }, ANSWERING_TIME);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
