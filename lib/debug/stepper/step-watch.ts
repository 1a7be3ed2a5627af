/**
 * Looks at a thread that is held up, from another one.
 *
 * While a step of a task computes, nothing else runs in its thread: no timer, no instrument, no inspector of its own.
 * So the watch is a thread, which looks every now and then whether the same step is still going on. If it has gone on
 * for too long, it pauses the main thread by the inspector, where it is, notes the stack, and has the main thread
 * itself make the report, in the middle of the step, before it lets it go on:
 *
 *     main thread                                          watching thread
 *     step begins   ── since = now, beat = 7 (odd: a step) ──▶
 *       computes …                                         beat is still 7, and the limit is over
 *       paused      ◀── Debugger.pause ──
 *                   ── Debugger.paused: the stack ──▶
 *       onHeldUp(stack)  ◀── Runtime.evaluate ──
 *       computes …  ◀── Debugger.resume ──
 *     step ends     ── beat = 8 ──▶
 *
 * The main thread tells when the step began: the watching thread takes tens of milliseconds to come up, and the step
 * that goes on by then may be over the limit already. One that is over by then has not been seen.
 *
 * Code that blocks in a system call cannot be paused; it is as soon as the call is over. A thread can only watch the
 * main thread of the process, and only in Node (20.11 or later). While a debugger is attached it keeps out of its way.
 */
import { builtin } from '../builtin.js';

/** What the watching thread is given. */
interface Watched {
  readonly beat: Int32Array;
  /** When the step that goes on began, by the clock. */
  readonly since: Float64Array;
  readonly limitMs: number;
  /** The name of a symbol, under which the main thread has put what is to be called. */
  readonly key: string;
}

/** A frame of the thread that is held up, as the engine has it: without source maps, lines and columns from 0. */
export interface RawFrame {
  readonly name: string;
  readonly url: string;
  readonly sourceMapURL: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

type HeldUp = (beat: number, frames: readonly RawFrame[]) => void;

let watches = 0;

/** The one clock that all threads share; kept, for a program may put fake timers in its place. */
const { hrtime } = (globalThis as { process?: { hrtime?(): [number, number] } }).process ?? {};

function clock(): number {
  const [seconds, nanoseconds] = hrtime?.() ?? [0, 0];
  return seconds * 1e3 + nanoseconds / 1e6;
}

export class StepWatch implements Disposable {
  private readonly beat = new Int32Array(new SharedArrayBuffer(4));
  private readonly since = new Float64Array(new SharedArrayBuffer(8));
  private readonly end: () => void;

  private constructor(end: () => void) {
    this.end = end;
  }

  /** Begins to watch this thread; undefined where that cannot be done. `onHeldUp` gets the stack, innermost first. */
  static begin(limitMs: number, onHeldUp: (frames: readonly RawFrame[]) => void): StepWatch | undefined {
    const threads = builtin('node:worker_threads');
    const inspector = builtin('node:inspector');
    const canConnect = typeof inspector?.Session?.prototype?.connectToMainThread === 'function';
    if (threads?.isMainThread !== true || !canConnect || inspector.url() !== undefined) return undefined;
    const key = `treadle.step-watch.${++watches}`;
    const watch = new StepWatch(() => {
      Reflect.deleteProperty(globalThis, Symbol.for(key));
      void worker.terminate();
    });
    const { beat, since } = watch;
    const heldUp: HeldUp = (seen, frames) => {
      if (seen === Atomics.load(beat, 0)) onHeldUp(frames); // else that step has ended just now
    };
    Object.defineProperty(globalThis, Symbol.for(key), { value: heldUp, configurable: true });
    // As text: a module of its own would have to be found by its file name, in whatever bundle this has become.
    const worker = new threads.Worker(`const __name = (fn) => fn; (${watchMainThread})();`, {
      eval: true,
      workerData: { beat, since, limitMs, key } satisfies Watched,
      execArgv: [], // no loaders: it starts in milliseconds, and needs none
      env: {},
      name: 'treadle watch-dog',
    });
    worker.unref();
    worker.on('error', () => {}); // it is a help, and must not be the end of what it helps
    return watch;
  }

  /** `ago`: milliseconds for which the step has gone on already. */
  stepBegins(ago = 0): void {
    this.since[0] = clock() - ago;
    Atomics.store(this.beat, 0, (Atomics.load(this.beat, 0) | 1) + 2);
  }

  stepEnds(): void {
    Atomics.store(this.beat, 0, Atomics.load(this.beat, 0) + 1);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

interface Paused {
  readonly callFrames: readonly {
    readonly functionName: string;
    readonly location: {
      readonly scriptId: string;
      readonly lineNumber: number;
      readonly columnNumber?: number;
    };
  }[];
}

interface ScriptParsed {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL?: string;
}

/** The program of the watching thread. It is sent as text, and so stands by itself. */
function watchMainThread(): void {
  const { workerData } = process.getBuiltinModule('node:worker_threads');
  const { Session } = process.getBuiltinModule('node:inspector');
  const { beat, since, limitMs, key } = workerData as Watched;
  const scripts = new Map<string, ScriptParsed>();
  const session = new Session();
  session.connectToMainThread();
  /** The beat of the step that has been looked at: each once. */
  let looked = 0;
  const finish = (): void => {
    session.post('Debugger.resume');
    session.post('Debugger.disable');
  };
  session.on('Debugger.scriptParsed', (message) => {
    const script = message.params as unknown as ScriptParsed;
    scripts.set(script.scriptId, script);
  });
  session.on('Debugger.paused', (message) => {
    const { callFrames } = message.params as unknown as Paused;
    const frames: RawFrame[] = callFrames.map(({ functionName, location }) => {
      const script = scripts.get(location.scriptId);
      return {
        name: functionName,
        url: script?.url ?? '',
        sourceMapURL: script?.sourceMapURL ?? '',
        lineNumber: location.lineNumber,
        columnNumber: location.columnNumber ?? 0,
      };
    });
    const text = `globalThis[Symbol.for(${JSON.stringify(key)})]?.(${looked}, ${JSON.stringify(frames)})`;
    session.post('Runtime.evaluate', { expression: text, silent: true }, finish);
  });
  function look(): void {
    const current = Atomics.load(beat, 0);
    if (current % 2 === 0 || current === looked) return;
    const [seconds, nanoseconds] = process.hrtime();
    if (seconds * 1e3 + nanoseconds / 1e6 - (since[0] as number) < limitMs) return;
    looked = current;
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  }
  look();
  setInterval(look, Math.max(1, limitMs / 4));
}
