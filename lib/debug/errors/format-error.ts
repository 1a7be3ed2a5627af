/**
 * Errors as a person reads them: the tree of `base/error-tree.ts`, with places in the *source* (source maps applied),
 * the lines of code around the uppermost one, where tasks were spawned if that was noted, and colours.
 *
 *     ExceptionGroup: 2 errors in task group "crawl"
 *         in task main (#1)
 *     ├─ RangeError: no such page
 *     │      at fetchPage (src/app.ts:12:9)
 *     │          11 │   yield* sleep(1);
 *     │        › 12 │   throw new RangeError('no such page');
 *     │             │         ^
 *     │      … 6 frames of treadle
 *     │      in task fetchPage (#3), spawned at src/app.ts:30:8
 *     │      by task main (#1)
 *     ╰─ Error: hung up
 *            …
 */
import { type ErrorStyle, formatErrorTree, propertiesOf } from '../../base/error-tree.js';
import { taskTitle } from '../../base/printable.js';
import { foldFrames, type StackText } from '../../base/stack-text.js';
import { type Paint, painter, showsColors } from '../paint.js';
import { codeFrame, SourceFiles } from '../source/code-frame.js';
import { showLocation } from '../source/show-location.js';
import { mappedFrames } from '../source/stack-maps.js';
import { spawnPath } from './spawn-traces.js';
import { parseFrame } from './stack-frame.js';

export interface FormatErrorOptions {
  /** Default: if stderr is a terminal that shows colours. */
  readonly color?: boolean;
  /** The lines of source around each error's uppermost frame; default: as `color`. */
  readonly code?: boolean;
}

/** Errors of one text that get their lines of code: a reader of a hundred errors wants to see the list. */
const MOST_CODE_FRAMES = 12;

/**
 * The text of an error, or of anything else that was thrown: a tree of groups, errors and causes. Stack frames of
 * Treadle and of Node are folded; an error that is there twice is shown once.
 *
 * With the instrument `spawnTraces()` it tells where each task was spawned.
 *
 * @example
 *     run(main).catch((error) => console.error(formatError(error)));
 */
export function formatError(error: unknown, options: FormatErrorOptions = {}): string {
  const color = options.color ?? showsColors();
  return formatErrorTree(error, new DebugStyle(painter(color), options.code ?? color));
}

class DebugStyle implements ErrorStyle {
  private readonly paint: Paint;
  private readonly withCode: boolean;
  private readonly files = new SourceFiles();
  /** Places whose lines have been shown. */
  private readonly shown = new Set<string>();

  constructor(paint: Paint, withCode: boolean) {
    this.paint = paint;
    this.withCode = withCode;
  }

  head(text: string): string {
    const [, name = '', rest = ''] = /^([^:\n]*:?)([\s\S]*)$/.exec(text) ?? [];
    return this.paint(['bold', 'red'], name) + rest;
  }

  details(error: Error, { frames, trail }: StackText): string[] {
    const path = this.pathOf(error) ?? (trail === undefined ? [] : [this.paint('cyan', trail)]);
    const lines = foldFrames({ frames: mappedFrames(frames), trail }, (frame, isTop) =>
      this.frame(frame, isTop),
    );
    const painted = lines.map((line) => (line.startsWith('    … ') ? this.paint('dim', line) : line));
    return [...painted, ...propertiesOf(error).map((line) => this.paint('dim', line)), ...path];
  }

  aside(text: string): string {
    return text.trim() === '' ? text : this.paint('dim', text);
  }

  private frame(line: string, isTop: boolean): string[] {
    const frame = parseFrame(line);
    if (frame === undefined) return [line];
    const { location } = frame;
    const place = this.paint('yellow', showLocation(location));
    const text =
      frame.name === '' ? `    at ${place}` : `    at ${this.paint('bold', frame.name)} (${place})`;
    if (!isTop || !this.withCode || this.shown.size === MOST_CODE_FRAMES) return [text];
    const key = showLocation(location);
    if (this.shown.has(key)) return [text];
    this.shown.add(key);
    return [text, ...codeFrame(location, this.files, this.paint).map((code) => `        ${code}`)];
  }

  /** The path of the task, with the lines of the spawns, if they were noted. */
  private pathOf(error: Error): string[] | undefined {
    return spawnPath(error)?.map(({ id, name, location }, at) => {
      const place = location === undefined ? '' : `, spawned at ${showLocation(location)}`;
      return this.paint('cyan', `    ${at === 0 ? 'in' : 'by'} ${taskTitle({ name, id })}${place}`);
    });
  }
}
