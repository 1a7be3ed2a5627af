/** The inspector protocol over a web socket: requests with numbers, answers with the same numbers, and events. */
import WebSocket from 'ws';
import type { AsyncInspector } from '../inspect/inspector-protocol.js';
import { AttachError } from './attach-error.js';

/** The name of the event that the connection is closed, by whomever. The inspector has none of that name. */
export const CLOSED = 'treadle.closed';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: unknown;
}

export class InspectorSocket implements AsyncInspector {
  private readonly socket: WebSocket;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<string, Set<(params: unknown) => void>>();
  private requests = 0;
  private isClosed = false;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.receive(JSON.parse(String(data)) as Message));
    socket.on('close', () => this.lose());
    socket.on('error', () => this.lose());
  }

  /** @throws AttachError if the connection is refused. */
  static connect(url: string): Promise<InspectorSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 0 });
      socket.once('open', () => {
        socket.off('error', refuse);
        resolve(new InspectorSocket(socket));
      });
      const refuse = (error: Error): void => {
        reject(new AttachError(`the inspector at ${url} cannot be reached: ${error.message}`));
      };
      socket.once('error', refuse);
    });
  }

  /** Sends a request; several may be under way. @throws Error with what the inspector says against it. */
  post(method: string, params?: object): Promise<unknown> {
    if (this.isClosed) return Promise.reject(lost());
    const id = ++this.requests;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** Gives what takes the listener back. */
  onEvent(name: string, listener: (params: unknown) => void): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Waits until the other end has closed the connection, or for so many milliseconds. */
  async closesWithin(ms: number): Promise<void> {
    if (this.isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve());
      this.socket.close();
    });
  }

  private receive({ id, result, error, method, params }: Message): void {
    if (id === undefined) {
      for (const listener of this.listeners.get(method ?? '') ?? []) listener(params);
      return;
    }
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new Error(error.message));
  }

  private lose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { reject } of this.pending.values()) reject(lost());
    this.pending.clear();
    for (const listener of this.listeners.get(CLOSED) ?? []) listener(undefined);
  }
}

function lost(): AttachError {
  return new AttachError(
    'the connection to the process was lost: it has ended, or something else has closed its inspector. Try again.',
  );
}
