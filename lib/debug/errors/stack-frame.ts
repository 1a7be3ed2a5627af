/** A line of a stack, as V8 writes it, taken apart. */

import { pathOf } from '../../base/path-of.js';
import type { SourceLocation } from '../source/source-location.js';

export interface StackFrame {
  /** 'fetchUser', 'async Promise.all', 'new Page'; empty for code outside of any function. */
  readonly name: string;
  readonly location: SourceLocation;
}

const WITH_NAME = /^ {4}at (.+?) \((.*):(\d+):(\d+)\)$/;
const WITHOUT_NAME = /^ {4}at (async )?(.*):(\d+):(\d+)$/;
const URL_LIKE = /^[a-z][a-z+.-]+:/;
const ABSOLUTE = /^(\/|[A-Za-z]:[\\/])/;

/** Undefined for what is no place in a file: native code, `eval`. */
export function parseFrame(line: string): StackFrame | undefined {
  const match = WITH_NAME.exec(line) ?? WITHOUT_NAME.exec(line);
  if (match === null) return undefined;
  const [, name = '', file = '', row, column] = match;
  if (!isPath(file) && !URL_LIKE.test(file)) return undefined;
  return { name: name.trim(), location: { file: pathOf(file), line: Number(row), column: Number(column) } };
}

/** Whether it is the absolute path of a file. */
export function isPath(file: string): boolean {
  return ABSOLUTE.test(file);
}
