/**
 * Where the commands come from. From a terminal they are edited, completed and remembered; from a file or a pipe they
 * are shown behind the prompt as if somebody had typed them, so that the transcript of a script reads like a session.
 */
import { createInterface, type Interface } from 'node:readline';

export interface Lines {
  /** The next one; undefined: there are no more. */
  next(prompt: string): Promise<string | undefined>;
}

/** Lines of a text, such as a file of commands: empty ones mean nothing there. */
export class ScriptLines implements Lines {
  private readonly lines: string[];
  private readonly write: (text: string) => void;

  constructor(text: string, write: (text: string) => void) {
    this.lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    this.write = write;
  }

  async next(prompt: string): Promise<string | undefined> {
    const line = this.lines.shift();
    if (line !== undefined) this.write(`${prompt}${line}\n`);
    return line;
  }
}

/**
 * Lines of a pipe or a file on the standard input. It is read only while a command is wanted: it is not to keep the
 * program's process alive.
 */
export class PipedLines implements Lines {
  private readonly input: NodeJS.ReadStream;
  private readonly write: (text: string) => void;
  private readonly read: string[] = [];
  private reader: Interface | undefined;
  private hasEnded = false;
  private changed: () => void = () => {};

  constructor(input: NodeJS.ReadStream, write: (text: string) => void) {
    this.input = input;
    this.write = write;
  }

  async next(prompt: string): Promise<string | undefined> {
    this.reader ??= this.open();
    const { reader } = this;
    while (this.read.length === 0 && !this.hasEnded) {
      reader.resume();
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
    if (!this.hasEnded) reader.pause();
    const line = this.read.shift();
    if (line !== undefined) this.write(`${prompt}${line}\n`);
    return line;
  }

  private open(): Interface {
    const reader = createInterface({ input: this.input, crlfDelay: Infinity, terminal: false });
    reader.on('line', (line) => {
      this.read.push(line);
      this.changed();
    });
    reader.on('close', () => {
      this.hasEnded = true;
      this.changed();
    });
    return reader;
  }
}

/** One after the other. */
export class ChainedLines implements Lines {
  private readonly sources: Lines[];

  constructor(sources: readonly Lines[]) {
    this.sources = [...sources];
  }

  async next(prompt: string): Promise<string | undefined> {
    for (let source = this.sources[0]; source !== undefined; source = this.sources[0]) {
      const line = await source.next(prompt);
      if (line !== undefined) return line;
      this.sources.shift();
    }
    return undefined;
  }
}
