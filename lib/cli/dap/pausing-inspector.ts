/**
 * The inspector of another process, which can make it stand still. The engine's debugger is switched on for as long
 * as the process stands, and off again when it goes on, so that it is slower not a moment longer.
 *
 * A look at tasks switches the debugger on and off by itself, to hear of all scripts. While the process stands, that
 * would let it go; so those requests are answered here, with the scripts that were told when it stopped.
 */
import type { AsyncInspector } from '../../debug/inspect/inspector-protocol.js';

/** A frame of the JavaScript stack of a process that stands in the middle of something. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber?: number;
  };
}

const SCRIPT = 'Debugger.scriptParsed';

export class PausingInspector implements AsyncInspector {
  private readonly inspector: AsyncInspector;
  private readonly scripts: unknown[] = [];
  private readonly scriptListeners = new Set<(params: unknown) => void>();
  private frames: readonly CallFrame[] | undefined;
  private stopListening: () => void = () => {};

  constructor(inspector: AsyncInspector) {
    this.inspector = inspector;
  }

  /** Where the process stands; undefined while it runs. */
  get callFrames(): readonly CallFrame[] | undefined {
    return this.frames;
  }

  /** Lets the process stand still. It does at once, unless it is in a native function that takes long. */
  async pause(): Promise<void> {
    const { inspector } = this;
    this.scripts.length = 0;
    const paused = new Promise<readonly CallFrame[]>((resolve) => {
      const stopPaused = inspector.onEvent('Debugger.paused', (params) => {
        resolve((params as { readonly callFrames: readonly CallFrame[] }).callFrames);
      });
      const stopScripts = inspector.onEvent(SCRIPT, (params) => this.scripts.push(params));
      this.stopListening = () => {
        stopPaused();
        stopScripts();
      };
    });
    await inspector.post('Debugger.enable', {});
    // The answer comes when the process goes on. (Where it idles, Debugger.pause would wait for it to do something.)
    inspector.post('Runtime.evaluate', { expression: 'debugger', silent: true }).catch(() => {});
    this.frames = await paused;
  }

  async resume(): Promise<void> {
    if (this.frames === undefined) return;
    this.frames = undefined;
    this.stopListening();
    await this.inspector.post('Debugger.resume', {});
    await this.inspector.post('Debugger.disable', {});
  }

  async post(method: string, params?: object): Promise<unknown> {
    if (this.frames === undefined || !/^Debugger\.(enable|disable)$/.test(method)) {
      return this.inspector.post(method, params);
    }
    if (method === 'Debugger.enable') {
      for (const script of this.scripts) for (const listener of this.scriptListeners) listener(script);
    }
    return {};
  }

  onEvent(name: string, listener: (params: unknown) => void): () => void {
    const stop = this.inspector.onEvent(name, listener);
    if (name !== SCRIPT) return stop;
    this.scriptListeners.add(listener);
    return () => {
      stop();
      this.scriptListeners.delete(listener);
    };
  }
}
