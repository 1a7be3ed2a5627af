/**
 * Lines that are typed at a terminal. Only while a prompt is shown does the debugger read keys: while the program
 * moves, its terminal is an ordinary one, and Ctrl-C a signal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Completer, createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Lines } from './lines.js';
import type { ProgramOutput } from './program-output.js';

/** Lines that are remembered. */
const HISTORY = 1000;

/** The terminal behind the program's back: see `ProgramOutput`. */
class Screen extends Writable {
  readonly isTTY = true;
  private readonly output: ProgramOutput;

  constructor(output: ProgramOutput) {
    super({ decodeStrings: false });
    this.output = output;
    process.stdout.on('resize', () => this.emit('resize'));
  }

  get columns(): number {
    return process.stdout.columns;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.output.raw(chunk.toString());
    done();
  }
}

export class TerminalLines implements Lines {
  private readonly input: NodeJS.ReadStream;
  private readonly output: ProgramOutput;
  private readonly screen: Screen;
  private readonly completer: Completer;
  private readonly historyFile: string | undefined;
  /** The latest first. */
  private history: string[];

  /** @param historyFile where the lines are kept for the next time; it need not be there yet. */
  constructor(
    input: NodeJS.ReadStream,
    output: ProgramOutput,
    completer: Completer,
    historyFile: string | undefined,
  ) {
    this.input = input;
    this.output = output;
    this.screen = new Screen(output);
    this.completer = completer;
    this.historyFile = historyFile;
    this.history = historyFile === undefined ? [] : readHistory(historyFile);
  }

  async next(prompt: string): Promise<string | undefined> {
    this.output.endLine();
    const reader = createInterface({
      input: this.input,
      output: this.screen,
      terminal: true,
      prompt,
      completer: this.completer,
      history: this.history,
      historySize: HISTORY,
      removeHistoryDuplicates: true,
    });
    reader.on('history', (history) => {
      this.history = [...history];
    });
    this.output.around = (write) => {
      this.screen.write('\r\x1b[J');
      write();
      this.output.endLine();
      reader.prompt(true);
    };
    try {
      const line = await ask(reader);
      if (line === undefined) this.screen.write('\n');
      else this.remember();
      return line;
    } finally {
      this.output.around = (write) => write();
      reader.close();
    }
  }

  private remember(): void {
    if (this.historyFile === undefined) return;
    try {
      writeFileSync(this.historyFile, this.history.slice(0, HISTORY).reverse().join('\n').concat('\n'), {
        mode: 0o600,
      });
    } catch {
      // The history is a convenience: a session does not end for it. An unusable path was refused at the start.
    }
  }
}

function ask(reader: Interface): Promise<string | undefined> {
  return new Promise((resolve) => {
    reader.once('line', resolve);
    reader.once('close', () => resolve(undefined));
    reader.on('SIGINT', () => {
      // As a shell does: the line is dropped.
      reader.write(null, { ctrl: true, name: 'e' });
      reader.write(null, { ctrl: true, name: 'u' });
    });
    reader.prompt();
  });
}

function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .reverse();
  } catch {
    return []; // it is not there yet
  }
}
