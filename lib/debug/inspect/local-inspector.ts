/**
 * The inspector of this very thread: Node's `inspector.Session`, which needs no flag, no port and no debugger, and
 * answers requests of the kinds used here before `post` returns. It is opened when it is first asked for and stays
 * open: as long as nothing is enabled in it, it costs the program nothing and does not keep the process alive.
 */
import type { Session } from 'node:inspector';
import { builtin } from '../builtin.js';
import type { SyncInspector } from './inspector-protocol.js';

class LocalInspector implements SyncInspector {
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  post(method: string, params: object = {}): unknown {
    if (method === 'HeapProfiler.takeHeapSnapshot') return this.takeHeapSnapshot();
    let answer: { readonly error: Error | null; readonly result: unknown } | undefined;
    // The typed overloads name each method of the protocol; this one takes them all.
    const post = this.session.post as (
      method: string,
      params: object,
      callback: (error: Error | null, result?: unknown) => void,
    ) => void;
    post.call(this.session, method, params, (error, result) => {
      answer = { error, result };
    });
    if (answer === undefined) throw new Error(`the inspector did not answer ${method} at once`);
    if (answer.error !== null) {
      throw new Error(`the inspector refused ${method}: ${answer.error.message}`, { cause: answer.error });
    }
    return answer.result;
  }

  /** Newer engines take it in a turn of their own, which would be too late here. Node's own function does not wait. */
  private takeHeapSnapshot(): object {
    const stream = builtin('node:v8')?.getHeapSnapshot();
    for (let chunk: unknown = stream?.read(); chunk !== null && chunk !== undefined; chunk = stream?.read()) {
      this.session.emit('HeapProfiler.addHeapSnapshotChunk', { params: { chunk: String(chunk) } });
    }
    return {};
  }

  onEvent(name: string, listener: (params: unknown) => void): () => void {
    const heard = (message: { params?: unknown }): void => listener(message.params);
    this.session.on(name, heard);
    return () => void this.session.off(name, heard);
  }
}

let opened: LocalInspector | string | undefined;

/** The inspector, or in words why there is none. */
export function localInspector(): SyncInspector | string {
  opened ??= open();
  return opened;
}

function open(): LocalInspector | string {
  const inspector = builtin('node:inspector');
  if (inspector === undefined) return 'this runtime has no node:inspector';
  try {
    const session = new inspector.Session();
    session.connect();
    const local = new LocalInspector(session);
    local.post('Runtime.evaluate', { expression: '0' }); // Bun and Deno have the class, and not all that is behind it
    return local;
  } catch (error) {
    return `the inspector of this runtime does not work (${error instanceof Error ? error.message : error})`;
  }
}
