/**
 * One terminal for two: the debugger, and the program that runs in its process. What the program writes to its
 * standard output and error is caught and shown between the lines of the debugger, in the order in which it all
 * happens, and marked:
 *
 *     [3] 0 ms  worker (#2): yields sleep(5)
 *     │ the program says this
 *     ! and this on its standard error
 */
import { StringDecoder } from 'node:string_decoder';
import type { Paint } from '../../debug/paint.js';
import type { TaskInfo } from '../../kernel/instrument.js';

type Stream = 'stdout' | 'stderr';
type Write = NodeJS.WriteStream['write'];

const MARKS = { stdout: ['cyan', '│ '], stderr: ['red', '! '] } as const;

/** A place that is kept, until it is known what stands there. */
interface Kept {
  readonly task: TaskInfo;
  write: (() => void) | undefined;
}

export class ProgramOutput implements Disposable {
  /** Shows what the program writes around the line that the user is just typing. */
  around: (write: () => void) => void = (write) => write();
  /** What it writes is not shown: it does again what it has done before. */
  isMuted = false;
  private readonly paint: Paint;
  private readonly originals: Readonly<Record<Stream, Write>>;
  private readonly decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  /** What is to be written, in order; at its head a place that is kept. */
  private readonly queue: (Kept | (() => void))[] = [];
  /** The stream whose line has not ended yet. */
  private openLine: Stream | undefined;

  constructor(paint: Paint) {
    this.paint = paint;
    this.originals = {
      stdout: process.stdout.write.bind(process.stdout),
      stderr: process.stderr.write.bind(process.stderr),
    };
    process.stdout.write = this.writer('stdout');
    process.stderr.write = this.writer('stderr');
  }

  /** Writes lines of the debugger's own. */
  say(text: string): void {
    this.endLine();
    this.raw(`${text}\n`);
  }

  /** Keeps a place for what the debugger is about to say of a task: what the program writes from here on comes behind that. */
  keepPlace(task: TaskInfo): void {
    this.queue.push({ task, write: undefined });
  }

  /** Writes in the place that is kept for such a task; in turn, if none is. */
  inPlace(isMeant: (task: TaskInfo) => boolean, write: () => void): void {
    const place = this.queue.find(
      (entry) => typeof entry === 'object' && entry.write === undefined && isMeant(entry.task),
    );
    if (typeof place === 'object') place.write = write;
    else this.queue.push(write);
    this.writeQueue();
  }

  /** Writes behind all that is to be written. */
  inTurn(write: () => void): void {
    this.queue.push(write);
    this.writeQueue();
  }

  /** Gives up the places that are kept. */
  release(): void {
    for (const entry of this.queue) if (typeof entry === 'object') entry.write ??= () => {};
    this.writeQueue();
  }

  /** Writes as it is, for a prompt and for the editing of a line. */
  raw(text: string): void {
    this.originals.stdout(text);
  }

  /** The program's line is at its end, whether it has said so or not. */
  endLine(): void {
    if (this.openLine === undefined) return;
    this.openLine = undefined;
    this.raw('\n');
  }

  /** Waits until all is written. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.originals.stdout('', () => resolve());
    });
  }

  [Symbol.dispose](): void {
    this.release();
    this.endLine();
    Object.assign(process.stdout, { write: this.originals.stdout });
    Object.assign(process.stderr, { write: this.originals.stderr });
  }

  private writeQueue(): void {
    const { queue } = this;
    for (let [entry] = queue; entry !== undefined; [entry] = queue) {
      const write = typeof entry === 'object' ? entry.write : entry;
      if (write === undefined) return;
      queue.shift();
      write();
    }
  }

  private writer(stream: Stream): Write {
    return (chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
      const text =
        typeof chunk === 'string'
          ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
          : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.show(stream, this.decoders[stream].write(text));
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') process.nextTick(done);
      return true;
    };
  }

  private show(stream: Stream, text: string): void {
    if (this.isMuted || text === '') return;
    this.inTurn(() => this.around(() => this.write(stream, text)));
  }

  private write(stream: Stream, text: string): void {
    const [color, mark] = MARKS[stream];
    if (this.openLine !== stream) this.endLine();
    // A text that ends a line has an empty piece behind its last line break.
    const pieces = text.split('\n');
    const isEnded = pieces.at(-1) === '';
    if (isEnded) pieces.pop();
    const painted = this.paint(color, mark);
    const lines = pieces.map((piece, at) => (at === 0 && this.openLine === stream ? piece : painted + piece));
    this.raw(lines.join('\n') + (isEnded ? '\n' : ''));
    this.openLine = isEnded ? undefined : stream;
  }
}
