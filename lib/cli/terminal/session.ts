/**
 * What is shown at a stop: a run, one of its tasks, one of the frames of that, and lines of its source. A motion
 * chooses the task that has moved; commands choose others.
 */
import { isEngineFile } from '../../base/stack-text.js';
import type { FrameSnapshot, TaskSnapshot } from '../../debug/inspect/task-snapshot.js';
import type { Paint } from '../../debug/paint.js';
import { SourceFiles } from '../../debug/source/code-frame.js';
import { loadedSources } from '../../debug/source/loaded-sources.js';
import { showLocation } from '../../debug/source/show-location.js';
import type { SourceLocation } from '../../debug/source/source-location.js';
import type { Breakpoint } from '../../debug/stepper/breakpoint.js';
import { isEndOf } from '../../debug/stepper/breakpoints.js';
import { frameOfBreakpoint } from '../frame-of-breakpoint.js';
import { InputError } from '../input-error.js';
import { BreakpointList } from './breakpoint-list.js';
import type { DebuggedProgram } from './debugged-program.js';
import type { DebuggedRun } from './debugged-run.js';
import { showValue } from './evaluate.js';
import { nearest } from './nearest.js';
import type { ProgramOutput } from './program-output.js';
import { thrownFrame } from './shown-task.js';
import { countLines, viewSource, windowAround } from './source-view.js';
import { formatTime, nameOf } from './step-words.js';

/** Lines of source that are shown at a stop. */
const LINES = 5;

export class Session {
  readonly breakpoints = new BreakpointList();
  readonly output: ProgramOutput;
  readonly paint: Paint;
  readonly color: boolean;
  program!: DebuggedProgram;
  /** In the words of the program's own copy of the library: it knows where tasks were spawned. */
  formatError: (error: unknown) => string = String;
  /** Errors that have been shown in full. */
  readonly shownErrors = new Set<unknown>();
  /** Set by the command that leaves the debugger. */
  isOver = false;
  /** What the last expression gave. */
  lastValue: unknown;
  /** What was shown of a source file last, and whether it was for `list`, which then goes on from there. */
  listed: { readonly file: string; readonly last: number } | undefined;
  isListed = false;
  private shownRun: DebuggedRun | undefined;
  private taskId: number | undefined;
  private frameAt = 0;
  private files = new SourceFiles();
  private snapshots: readonly TaskSnapshot[] | undefined;

  constructor(output: ProgramOutput, paint: Paint, color: boolean) {
    this.output = output;
    this.paint = paint;
    this.color = color;
  }

  say(text: string): void {
    this.output.say(text);
  }

  /** @throws InputError if no run has begun. */
  get run(): DebuggedRun {
    if (this.shownRun === undefined) throw new InputError('no run has begun; continue waits for one');
    return this.shownRun;
  }

  get hasRun(): boolean {
    return this.shownRun !== undefined;
  }

  /** Shows a run, and of it the task that has moved last. */
  choose(run: DebuggedRun | undefined): void {
    this.shownRun = run;
    this.snapshots = undefined;
    this.files = new SourceFiles();
    this.taskId = run?.stepper.last?.task.id;
    this.frameAt = 0;
    this.unlist();
  }

  /** The live tasks of the run. They are looked up once a command, for that takes long when there are many. */
  get tasks(): readonly TaskSnapshot[] {
    this.snapshots ??= this.run.stepper.tasks();
    return this.snapshots;
  }

  /** On a real backend the host goes on while the program stands, and may wake tasks. */
  refresh(): void {
    this.snapshots = undefined;
  }

  /** The task that is shown. @throws InputError if it has ended. */
  get task(): TaskSnapshot {
    const { run, tasks } = this;
    const { last } = run.stepper;
    const id = this.taskId ?? tasks[0]?.id;
    const task = tasks.find((one) => one.id === id);
    if (task !== undefined) return task;
    if (run.isDone) throw new InputError(`${run.name} has ended`);
    const name = last?.task.id === id && last !== undefined ? nameOf(last.task) : `task #${String(id)}`;
    throw new InputError(`${name} has ended; tasks lists the others, task ID shows one`);
  }

  /** Shows a task, by its number or name. */
  chooseTask(text: string): TaskSnapshot {
    const task = this.findTask(text);
    this.taskId = task.id;
    this.frameAt = 0;
    this.unlist();
    return task;
  }

  /** @throws InputError if there is no such task, or there are several. */
  findTask(text: string): TaskSnapshot {
    const { tasks } = this;
    const [, digits] = /^#?(\d+)$/.exec(text) ?? [];
    const byId = digits === undefined ? undefined : tasks.find(({ id }) => id === Number(digits));
    if (byId !== undefined) return byId;
    const named = tasks.filter(({ name }) => name === text);
    const [first, second] = named;
    if (first === undefined) {
      const near = nearest(text, new Set(tasks.map(({ name }) => name)));
      const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
      throw new InputError(`there is no live task ${text}${hint}; tasks lists them`);
    }
    if (second === undefined) return first;
    const ids = named.slice(0, 10).map(({ id }) => `#${id}`);
    throw new InputError(
      `${named.length} tasks have the name ${text}: say which by its number, ${ids.join(', ')}${named.length > 10 ? ', …' : ''}`,
    );
  }

  /**
   * The frames of the task that is shown, without those of the library unless there are no others; in front of them
   * the place where its coroutine has thrown, if that is what it did last.
   */
  get frames(): readonly FrameSnapshot[] {
    const { last } = this.run.stepper;
    const isLast = last !== undefined && (this.taskId === undefined || this.taskId === last.task.id);
    const thrown = isLast ? thrownFrame(last) : undefined;
    const hasEnded = isLast && last.ended.some(({ id }) => id === last.task.id);
    if (thrown !== undefined && hasEnded) return [thrown];
    const { frames } = this.task;
    const own = frames.filter(({ location }) => location === undefined || !isLibrary(location.file));
    const shown = own.length === 0 ? frames : own;
    return thrown === undefined ? shown : [thrown, ...shown];
  }

  get frameNumber(): number {
    return this.frameAt;
  }

  get frame(): FrameSnapshot {
    const { frames } = this;
    const frame = frames[this.frameAt] ?? frames[0];
    if (frame === undefined) throw new InputError(`nothing is known of the frames of ${this.taskName}`);
    return frame;
  }

  get taskName(): string {
    const { last } = this.run.stepper;
    return last !== undefined && last.task.id === this.taskId ? nameOf(last.task) : nameOf(this.task);
  }

  /** Shows the frame at which a breakpoint holds, if the task has any. */
  chooseFrameOf(breakpoint: Breakpoint): void {
    if (!this.tasks.some(({ id }) => id === this.taskId)) return;
    const { frames } = this;
    const found = frameOfBreakpoint(frames, breakpoint, this.run.stepper.breakpoints.lineOf(breakpoint));
    if (found !== undefined) this.frameAt = frames.indexOf(found);
  }

  /** @throws InputError if there is no such frame. */
  chooseFrame(at: number): void {
    const last = this.frames.length - 1;
    if (at < 0 || at > last) {
      throw new InputError(
        last <= 0
          ? `${this.taskName} has only frame 0`
          : `${this.taskName} has frames 0 (innermost) to ${last}, not ${at}`,
      );
    }
    this.frameAt = at;
    this.unlist();
  }

  /** Where the frame that is shown stands, and in which function; undefined if there is none. */
  get place(): { readonly location: SourceLocation; readonly name: string } | undefined {
    const { last } = this.run.stepper;
    if (last !== undefined && this.frameAt === 0 && this.taskId === last.task.id) {
      const { location, function: name } = last;
      // It is known without a look at all tasks, if the coroutine has not just entered another one.
      const isKnown =
        last.kind === 'yielded' && name !== '' && this.run.stepper.ready[0]?.id !== last.task.id;
      if (isKnown && location !== undefined && !isLibrary(location.file)) return { location, name };
    }
    try {
      const { frame } = this;
      return frame.location && { location: frame.location, name: frameName(frame) };
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }

  get location(): SourceLocation | undefined {
    return this.hasRun ? this.place?.location : undefined;
  }

  /** The place and the lines around it. */
  showPlace(): void {
    const { place, paint } = this;
    if (place === undefined) return;
    const { location, name } = place;
    this.say(`${paint('cyan', showLocation(location))} in ${name}`);
    this.showSource(location.file, location.line, LINES);
  }

  /** Lines around a line. */
  showSource(file: string, line: number, count: number): void {
    const source = this.files.linesOf(file);
    if (source === undefined) {
      this.say(this.paint('dim', '   the source cannot be read'));
      return;
    }
    const total = countLines(source);
    const { first, last } = windowAround(line, count, total);
    const { location } = this;
    const breaks = this.hasRun
      ? this.breakpoints.linesOf(file, this.run.stepper.breakpoints)
      : new Set<number>();
    const at = location?.file === file ? location : undefined;
    this.say(viewSource(source, { first, last, at, breaks }, this.paint).join('\n'));
    this.listed = { file, last };
  }

  /** How a run has ended, as a person reads it. */
  showEnd(run: DebuggedRun): void {
    const { stepper, name, begin } = run;
    const count = stepper.last?.index ?? 0;
    const head = `${name} has ended after ${count === 1 ? '1 step' : `${count} steps`}, at ${formatTime(stepper.time - begin)}`;
    try {
      const { result } = stepper;
      this.say(
        `${this.paint('green', head)}${result === undefined ? '' : `; its result is ${showValue(result, this.color)}`}`,
      );
    } catch (error) {
      this.shownErrors.add(error);
      this.say(`${this.paint('red', `${head}, by an error`)}\n${this.formatError(error)}`);
    }
  }

  /** A file that is loaded, by the end of its path. */
  fileEndingWith(end: string): string | undefined {
    return loadedSources((path) => isEndOf(end, path))[0]?.file;
  }

  linesOf(file: string): readonly string[] | undefined {
    return this.files.linesOf(file);
  }

  private unlist(): void {
    this.listed = undefined;
    this.isListed = false;
  }
}

function isLibrary(file: string): boolean {
  return isEngineFile(file) || /[\\/]node_modules[\\/]treadle[\\/]/.test(file);
}

export function frameName({ name, entered }: FrameSnapshot): string {
  if (name !== '(anonymous)') return name;
  return entered === 'group' ? '(body of the group)' : entered === 'scope' ? '(body of the scope)' : name;
}
