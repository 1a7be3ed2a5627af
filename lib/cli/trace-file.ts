/**
 * A file that is written while a program runs and complete when the process ends, however it does: at its end, by
 * process.exit(), by an error that nobody caught, or by a signal.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { InputError } from './input-error.js';

/** Characters kept before they are written. */
const BUFFER = 1 << 16;
/** Signals that end a process, as long as it does not say otherwise. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class TraceFile {
  private readonly descriptor: number;
  private pieces: string[] = [];
  private length = 0;

  private constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** @throws InputError if the file cannot be written. */
  static open(path: string, what = 'trace'): TraceFile {
    try {
      return new TraceFile(openSync(path, 'w'));
    } catch (error) {
      const { message } = error as Error;
      throw new InputError(
        `the ${what} cannot be written to ${path}: ${message}. Choose another place with --output.`,
      );
    }
  }

  write(text: string): void {
    this.pieces.push(text);
    this.length += text.length;
    if (this.length >= BUFFER) this.flush();
  }

  /** Completes the file when the process ends; `finish` writes what is still missing then. */
  closeAtExit(finish: () => void): void {
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      finish();
      this.flush();
      closeSync(this.descriptor);
    };
    process.on('exit', close);
    for (const signal of SIGNALS) {
      const listener = (): void => {
        // The program listens as well: it decides, and may go on.
        if (process.listenerCount(signal) > 1) return;
        close();
        process.off(signal, listener);
        process.kill(process.pid, signal);
      };
      process.on(signal, listener);
    }
  }

  flush(): void {
    const text = this.pieces.join('');
    this.pieces = [];
    this.length = 0;
    if (text !== '') writeSync(this.descriptor, text);
  }
}
