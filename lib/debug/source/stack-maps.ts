/**
 * Source maps for the text of stacks. With `--enable-source-maps` (and with tsx, which turns them on) Node has mapped
 * a stack before anybody reads it. Without, the places are those of the built files; they are mapped here, by the map
 * that the file itself names in its last lines: inline, or a file beside it.
 */
import { noteEngineFile, ownFrame } from '../../base/stack-text.js';
import { builtin } from '../builtin.js';
import { isPath, parseFrame } from '../errors/stack-frame.js';
import type { Script } from './scripts.js';
import type { SourceLocation } from './source-location.js';
import { type Position, SourceMaps } from './source-maps.js';

const maps = new SourceMaps();
/** What each file says of its map. */
const references = new Map<string, string>();
const COMMENT = '//# sourceMappingURL=';

let isEngineKnown = false;

/** The frames of a stack, each with the place in its source. */
export function mappedFrames(frames: readonly string[]): readonly string[] {
  if (hasBeenMapped()) return frames;
  learnEngine();
  return frames.map(mappedFrame);
}

/** A frame as the engine has it, with lines and columns from 0, as a line of a stack. */
export function frameLine(name: string, script: Script, position: Position): string {
  if (!hasBeenMapped()) learnEngine();
  return lineOf(name, maps.locate(script, position));
}

/** The engine's own frames, mapped here, would pass for the user's if it was not known where its source is. */
function learnEngine(): void {
  if (isEngineKnown) return;
  isEngineKnown = true;
  noteEngineFile(mappedFrame(ownFrame()));
}

function mappedFrame(line: string): string {
  const frame = parseFrame(line);
  return frame === undefined ? line : lineOf(frame.name, mapped(frame.location));
}

function lineOf(name: string, { file, line, column }: SourceLocation): string {
  const text = `${file}:${line}:${column}`;
  return name === '' ? `    at ${text}` : `    at ${name} (${text})`;
}

function hasBeenMapped(): boolean {
  const host = (globalThis as { process?: { sourceMapsEnabled?: boolean } }).process;
  return host?.sourceMapsEnabled === true;
}

/** The place in the source of a place in a built file; the same place if there is no map. */
function mapped({ file, line, column }: SourceLocation): SourceLocation {
  const script = { url: file, sourceMapURL: isPath(file) ? referenceOf(file) : '' };
  return maps.locate(script, { lineNumber: line - 1, columnNumber: column - 1 });
}

/** The URL that a file gives for its map; empty if it gives none. */
function referenceOf(file: string): string {
  let reference = references.get(file);
  if (reference === undefined) {
    reference = read(file);
    references.set(file, reference);
  }
  return reference;
}

function read(file: string): string {
  try {
    const text = builtin('node:fs')?.readFileSync(file, 'utf8') ?? '';
    const begin = text.lastIndexOf(COMMENT);
    return begin < 0 ? '' : (/^\S*/.exec(text.slice(begin + COMMENT.length))?.[0] ?? '');
  } catch {
    return ''; // a script that was never a file
  }
}
