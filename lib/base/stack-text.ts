/**
 * The text of an error's stack, taken apart: what it says, the frames, and the path of its task.
 *
 *     RangeError: no such page            head
 *         at fetchPage (app.ts:12:9)      a frame of the user's
 *         at Loop.steps (loop.ts:271:36)  one of the engine's: who reads an error looks for their own
 *         in task fetchPage (#3), …       trail: see `kernel/trail.ts`
 */

import { pathOf } from './path-of.js';

/** What the line with the task path begins with. */
export const TRAIL = '    in task ';
const FRAME = /^ {4}at /;

export interface StackText {
  /** The name and the message, as they are now. */
  readonly head: string;
  /** The lines of the frames, innermost first. */
  readonly frames: readonly string[];
  /** "    in task fetchPage (#3), spawned by task main (#1)"; undefined while the error has left no task. */
  readonly trail: string | undefined;
}

/** Takes an error apart; one whose own properties cannot be read gives what can be had. */
export function readStack(error: Error): StackText {
  const message = textOf(() => error.message);
  const stack = textOf(() => error.stack);
  const label = labelOf(error);
  // The stack was written when the error was made: name and message may have been set since.
  const at = message === '' ? -1 : stack.indexOf(message);
  const before = at < 0 ? '' : stack.slice(0, at);
  const begin = before.includes(label) && !before.includes('\n') ? before : `${label}: `;
  const head = message === '' ? label : begin + message;
  const lines = stack.slice(at < 0 ? 0 : at + message.length).split('\n');
  return {
    head,
    frames: lines.filter((line) => FRAME.test(line)),
    trail: lines.find((line) => line.startsWith(TRAIL)),
  };
}

/** The name of an error; that of its class where nobody has given it a name of its own. */
function labelOf(error: Error): string {
  const name = textOf(() => error.name);
  if (name !== '' && name !== 'Error') return name;
  return textOf(() => error.constructor.name) || name || 'Error';
}

function textOf(read: () => unknown): string {
  try {
    const text = read();
    return typeof text === 'string' ? text : '';
  } catch {
    return ''; // a getter of the user's that throws, or a revoked proxy
  }
}

/** Whose a frame is. */
export type FrameOwner = 'user' | 'treadle' | 'the compiler' | 'Node';

/** What esbuild, and with it tsx, puts into a file of the user's to do `using` where JavaScript does not know it yet. */
const HELPER = /^ {4}at __(?:using|callDispose|typeError) \(/;
const DISPOSE = /^ {4}at __callDispose \(/;
/** Functions inside of `__callDispose`: only right above it are such names the compiler's. */
const INNER = /^ {4}at (?:new E|fail|next) \(/;

/** From the outermost frame inwards, for it is `__callDispose` that makes those above it the compiler's. */
function ownersOf(frames: readonly string[]): FrameOwner[] {
  const owners: FrameOwner[] = [];
  let isInDispose = false;
  for (const frame of [...frames].reverse()) {
    isInDispose = DISPOSE.test(frame) || (isInDispose && INNER.test(frame));
    owners.push(isInDispose || HELPER.test(frame) ? 'the compiler' : ownerOf(frame));
  }
  return owners.reverse();
}

export function ownerOf(frame: string): FrameOwner {
  if (frame.includes('(node:') || frame.startsWith('    at node:')) return 'Node';
  if (frame.endsWith('.next (<anonymous>)') || frame.endsWith('.throw (<anonymous>)')) return 'treadle';
  return isEngineFile(frame) ? 'treadle' : 'user';
}

/**
 * The folders of the engine's own files as stack traces may show them: where this very module was loaded from, and
 * where a source map says that it came from. None when the engine was bundled into one file with the program.
 */
const engineFolders = new Set<string>();
let isOwnKnown = false;

/** Whether a frame, or a path, is of the engine. */
export function isEngineFile(frame: string): boolean {
  if (!isOwnKnown) {
    isOwnKnown = true;
    noteEngineFile(import.meta.url);
    noteEngineFile(ownFrame());
  }
  for (const folder of engineFolders) if (frame.includes(folder)) return true;
  return false;
}

/** Notes where else stacks may show this module: when they have been mapped by other means than Node's. */
export function noteEngineFile(file: string): void {
  const path = file.replace(/^.*file:\/\//, '').replace(/^ {4}at (?:.* \()?/, '');
  const source = /^(.*\/)base\/stack-text\.[jt]s/.exec(path)?.[1];
  if (source !== undefined) noteEngineFolder(source);
  const inBuild = /^(.*\/treadle\/)dist\//.exec(path) ?? /^(.*\/)dist\/(?:\w+\/)?chunk-\w+\.js/.exec(path);
  const home = inBuild?.[1];
  if (home === undefined) return;
  // The source maps of the built files lead into a folder that need not be there: it is no less the engine's.
  for (const folder of ['dist/', 'lib/']) noteEngineFolder(home + folder);
}

/** A folder with a blank in its name is `%20` in the URLs that stacks show, and a blank in the paths. */
function noteEngineFolder(folder: string): void {
  engineFolders.add(folder);
  engineFolders.add(textOf(() => decodeURIComponent(folder)) || folder);
}

/** A frame of this module, as stacks show it. */
export function ownFrame(): string {
  return textOf(() => new Error().stack?.split('\n')[1]);
}

/**
 * Frames with those of the engine, of Node and of the compiler's helpers folded: "    … 6 frames of treadle". `show`
 * says how one of the user's is shown. When none is the user's, some are the engine's, and no path of a task says where
 * the error comes from, nothing is folded: then the engine is what matters.
 */
export function foldFrames(
  { frames, trail }: Pick<StackText, 'frames' | 'trail'>,
  show: (frame: string, isTop: boolean) => readonly string[] = (frame) => [withPath(frame)],
): string[] {
  const owners = ownersOf(frames);
  if (trail === undefined && !owners.includes('user') && owners.includes('treadle')) return [...frames];
  const lines: string[] = [];
  const folded: FrameOwner[] = [];
  let isTop = true;
  frames.forEach((frame, at) => {
    const owner = owners[at] as FrameOwner;
    if (owner !== 'user') {
      folded.push(owner);
      return;
    }
    lines.push(...fold(folded.splice(0)), ...show(frame, isTop));
    isTop = false;
  });
  // How Node came to call the user's code is no news.
  return folded.includes('treadle') || isTop ? [...lines, ...fold(folded)] : lines;
}

/** A frame with the path of its file, where it has a URL: there a blank is `%20`. */
function withPath(frame: string): string {
  return frame.replace(/(file:\/\/.*)(:\d+:\d+\)?)$/, (_, url: string, place: string) => pathOf(url) + place);
}

function fold(owners: readonly FrameOwner[]): string[] {
  if (owners.length === 0) return [];
  const whose = [...new Set(owners)].sort().reverse().join(' and ');
  return [`    … ${owners.length === 1 ? '1 frame' : `${owners.length} frames`} of ${whose}`];
}
