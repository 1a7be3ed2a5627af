/** The breakpoints of a session, by their numbers: set in every run, also in those that begin later. */

import { doubtOf, loadedSources } from '../../debug/source/loaded-sources.js';
import type { Breakpoint, BreakpointConditions, Breakpoints } from '../../debug/stepper/breakpoint.js';
import { isEndOf } from '../../debug/stepper/breakpoints.js';
import { InputError } from '../input-error.js';
import type { TypedBreakpoint } from './parse-breakpoint.js';
import { showFile } from './show-file.js';

export interface ListedBreakpoint extends TypedBreakpoint {
  readonly number: number;
  /** Times that it has stopped the program. */
  hits: number;
}

export class BreakpointList {
  private readonly listed: ListedBreakpoint[] = [];
  private count = 0;

  get all(): readonly ListedBreakpoint[] {
    return this.listed;
  }

  /** @param steppers of the live runs. @throws InputError if it can hold nowhere. */
  add(typed: TypedBreakpoint, steppers: readonly Breakpoints[]): ListedBreakpoint {
    check(typed, steppers);
    for (const breakpoints of steppers) breakpoints.add(typed.breakpoint);
    const added = { ...typed, number: ++this.count, hits: 0 };
    this.listed.push(added);
    return added;
  }

  /** @throws InputError if there is no such breakpoint. */
  delete(number: number, steppers: readonly Breakpoints[]): ListedBreakpoint {
    const at = this.listed.findIndex((one) => one.number === number);
    const [deleted] = at < 0 ? [] : this.listed.splice(at, 1);
    if (deleted === undefined) {
      const numbers = this.listed.map((one) => one.number).join(', ');
      throw new InputError(
        `there is no breakpoint ${number}; ${numbers === '' ? 'there are none' : `there are ${numbers}`}`,
      );
    }
    for (const breakpoints of steppers) breakpoints.delete(deleted.breakpoint);
    return deleted;
  }

  /** Sets all of them in a run that begins. @throws what the first throws that can hold nowhere. */
  apply(breakpoints: Breakpoints): void {
    for (const { breakpoint } of this.listed) breakpoints.add(breakpoint);
  }

  find(breakpoint: Breakpoint | undefined): ListedBreakpoint | undefined {
    return this.listed.find((one) => one.breakpoint === breakpoint);
  }

  /** The lines of a file that have one. */
  linesOf(file: string, breakpoints: Breakpoints): Set<number> {
    const lines = new Set<number>();
    for (const { breakpoint } of this.listed) {
      const line = breakpoints.lineOf(breakpoint);
      if (line !== undefined && breakpoint.file !== undefined && isEndOf(breakpoint.file, file))
        lines.add(line);
    }
    return lines;
  }
}

function check({ breakpoint }: TypedBreakpoint, steppers: readonly Breakpoints[]): void {
  try {
    for (const breakpoints of steppers) {
      const isNew = !breakpoints.has(breakpoint);
      breakpoints.add(breakpoint);
      if (isNew) breakpoints.delete(breakpoint);
    }
  } catch (error) {
    throw new InputError(refusalOf(error, breakpoint));
  }
}

/** Why a breakpoint can hold nowhere. */
export function refusalOf(error: unknown, { file }: BreakpointConditions): string {
  const { message } = error as Error;
  return file === undefined ? message : message.replaceAll(file, showFile(file));
}

/** What is worth saying of a breakpoint: it holds at another line, or its file or function is not there yet. */
export function noteOf(
  { breakpoint }: Pick<TypedBreakpoint, 'breakpoint'>,
  breakpoints: Breakpoints | undefined,
): string {
  const { file, line, function: name } = breakpoint;
  const doubt = typeof name === 'string' && breakpoints !== undefined ? doubtOf(name) : undefined;
  if (doubt !== undefined) return doubt;
  if (file === undefined) return '';
  const moved = breakpoints?.lineOf(breakpoint);
  if (moved !== undefined && moved !== line) return `line ${moved}, for no coroutine yields at line ${line}`;
  const isLoaded = loadedSources((path) => isEndOf(file, path)).length > 0;
  return isLoaded ? '' : `no file that is loaded by now ends in ${file}`;
}
