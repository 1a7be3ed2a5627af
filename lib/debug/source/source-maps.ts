/**
 * From a position in a script, as the engine has it, to the place in the source that its author wrote: by the source
 * map that the script names, inline or in a file beside it. tsx, esbuild and tsc all leave one.
 */
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { pathOf } from '../../base/path-of.js';
import { builtin } from '../builtin.js';
import type { Script } from './scripts.js';
import type { SourceLocation } from './source-location.js';

/** Lines and columns from 0. */
export interface Position {
  readonly lineNumber: number;
  readonly columnNumber?: number;
}

/** The source maps of scripts, read once each. */
export class SourceMaps {
  private readonly maps = new Map<string, TraceMap | null>();

  /** The place in the source; that in the script itself if it has no source map, or none that can be read. */
  locate(script: Script, { lineNumber, columnNumber = 0 }: Position): SourceLocation {
    const map = this.mapOf(script);
    if (map !== null) {
      const { source, line, column } = originalPositionFor(map, {
        line: lineNumber + 1,
        column: columnNumber,
      });
      if (source !== null) return { file: pathOf(source), line, column: column + 1 };
    }
    return { file: pathOf(script.url), line: lineNumber + 1, column: columnNumber + 1 };
  }

  /** The files that a script was made from, with their text where the source map holds it; else the script itself. */
  sourcesOf(script: Script): readonly { readonly file: string; readonly text: string | undefined }[] {
    const map = this.mapOf(script);
    if (map === null) return [{ file: pathOf(script.url), text: undefined }];
    return map.resolvedSources.map((source, at) => ({
      file: pathOf(source ?? script.url),
      text: map.sourcesContent?.[at] ?? undefined,
    }));
  }

  private mapOf(script: Script): TraceMap | null {
    if (script.sourceMapURL === '') return null;
    const key = `${script.url}\n${script.sourceMapURL}`;
    let map = this.maps.get(key);
    if (map === undefined) {
      map = read(script);
      this.maps.set(key, map);
    }
    return map;
  }
}

/** Null if there is no such file, or no source map in it: the position in the script has to do then. */
function read({ url, sourceMapURL }: Script): TraceMap | null {
  try {
    const inline = /^data:[^,]*?(;base64)?,(.*)$/s.exec(sourceMapURL);
    if (inline !== null) {
      const [, base64, text = ''] = inline;
      return new TraceMap(base64 === undefined ? decodeURIComponent(text) : fromBase64(text), url);
    }
    const mapUrl = new URL(sourceMapURL, urlOf(url)).href;
    const text = builtin('node:fs')?.readFileSync(new URL(mapUrl), 'utf8');
    return text === undefined ? null : new TraceMap(text, mapUrl);
  } catch {
    return null;
  }
}

function fromBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

/** Scripts that were loaded by `require` have a path in the place of a URL. */
function urlOf(url: string): string {
  return /^[a-z][a-z\d+.-]+:/i.test(url) ? url : `file://${encodeURI(url)}`;
}
