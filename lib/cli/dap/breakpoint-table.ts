/** The breakpoints of a launched program: what the user has set, as what the steppers understand. */
import { readFileSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { Script } from 'node:vm';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { isCancelled } from '../../base/cancelled.js';
import { breakableLine } from '../../debug/source/breakable-lines.js';
import { doubtOf } from '../../debug/source/loaded-sources.js';
import type { Breakpoint, BreakpointConditions } from '../../debug/stepper/breakpoint.js';
import type { Step } from '../../debug/stepper/step.js';
import type { Breakpoints, WantedBreakpoint } from './debuggee.js';
import { RequestError } from './request-error.js';

export const EXCEPTION_FILTERS: readonly DebugProtocol.ExceptionBreakpointsFilter[] = [
  {
    filter: 'uncaught',
    label: 'Errors that end a task',
    description: 'Stops when an error leaves the function that a task was spawned with.',
    default: true,
  },
  {
    filter: 'all',
    label: 'Errors thrown by coroutines',
    description: 'Stops when an error leaves a coroutine, though its caller may catch it.',
  },
  {
    filter: 'cancelled',
    label: 'Cancellations',
    description: 'Stops when a cancellation reaches a task, before the task is resumed with it.',
  },
];

/** One that is set. */
export interface Entry {
  readonly reason: 'breakpoint' | 'function breakpoint' | 'exception';
  /** Of exceptions. */
  readonly filter?: string;
  readonly wanted: (WantedBreakpoint & { readonly logMessage?: string | undefined }) | undefined;
  readonly breakpoint: Breakpoint;
  /** How often it was come to. */
  hits: number;
}

const HIT_CONDITION = /^\s*(>=|>|==?=?|%)?\s*(\d+)\s*$/;

export class BreakpointTable {
  private entries: readonly Entry[] = [];
  /** From then on it can be told which functions are nowhere. */
  private isLoaded = false;

  /** Gives what became of those of lines and functions, in the order of their lists. */
  set({ lines, functions, filters }: Breakpoints): DebugProtocol.Breakpoint[] {
    const entries: Entry[] = [];
    const told: DebugProtocol.Breakpoint[] = [];
    const add = (
      reason: Entry['reason'],
      wanted: Entry['wanted'],
      make: () => readonly [Breakpoint, Partial<DebugProtocol.Breakpoint>],
    ): void => {
      const id = wanted?.id ?? 0;
      try {
        checkHitCondition(wanted?.hitCondition);
        checkCondition(wanted?.condition);
        const [breakpoint, more] = make();
        const before = this.entries.find((entry) => entry.wanted !== undefined && entry.wanted.id === id);
        entries.push({ reason, wanted, breakpoint, hits: before?.hits ?? 0 });
        told.push({ id, verified: true, ...more });
      } catch (error) {
        told.push({ id, verified: false, message: (error as Error).message });
      }
    };
    for (const [file, ofFile] of Object.entries(lines)) {
      for (const wanted of ofFile) {
        add('breakpoint', wanted, () => {
          const line = breakableLine(basename(file), textOf(file), wanted.line);
          const moved =
            line === wanted.line ? {} : { message: `moved to line ${line}: a task stops where it yields` };
          return [
            { file: realPath(file), line },
            { line, source: { name: basename(file), path: file }, ...moved },
          ];
        });
      }
    }
    for (const wanted of functions) {
      const { name } = wanted;
      add('function breakpoint', wanted, () => {
        if (name.trim() === '') throw new RequestError('A function breakpoint names a generator function.');
        const note = this.isLoaded ? noteOf(name.trim()) : undefined;
        const more = note === undefined ? {} : { verified: false, message: note };
        return [{ function: name.trim(), on: 'enter' }, more];
      });
    }
    for (const filter of filters) {
      const breakpoint = EXCEPTIONS[filter];
      if (breakpoint !== undefined)
        entries.push({ reason: 'exception', filter, wanted: undefined, breakpoint, hits: 0 });
    }
    this.entries = entries;
    return told;
  }

  /** The program is loaded. Gives what is to be said of breakpoints that were set before. */
  loaded(): string[] {
    this.isLoaded = true;
    return this.entries.flatMap(({ breakpoint }) => {
      const name = (breakpoint as BreakpointConditions).function;
      return (typeof name === 'string' ? noteOf(name) : undefined) ?? [];
    });
  }

  /** The entries of the breakpoints that hold. */
  find(holding: readonly Breakpoint[]): readonly Entry[] {
    return this.entries.filter(({ breakpoint }) => holding.includes(breakpoint));
  }

  /** Sets them in a stepper, in the place of all that were. */
  apply(breakpoints: Set<Breakpoint>): void {
    breakpoints.clear();
    for (const { breakpoint } of this.entries) {
      try {
        breakpoints.add(breakpoint);
      } catch {
        // The file has changed since it was loaded, and the line is none of those at which a task can stop.
      }
    }
  }
}

/** What is to be said of a breakpoint on a function: it is set, and yet it may never hold. */
function noteOf(name: string): string | undefined {
  const doubt = doubtOf(name);
  return doubt && `${doubt}, for the function breakpoint ${name}`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RequestError(`The file cannot be read: ${(error as Error).message}`);
  }
}

/** Modules are loaded by their real paths, whatever links the editor has come by. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

const EXCEPTIONS: Readonly<Record<string, Breakpoint>> = {
  uncaught: (step) => isFailure(step) && step.ended.some(({ id }) => id === step.task.id),
  all: isFailure,
  cancelled: { on: 'cancel' },
};

function isFailure({ kind, value }: Step): boolean {
  // The program may have a copy of the library of its own.
  return kind === 'threw' && !isCancelled(value) && (value as Error | undefined)?.name !== 'Cancelled';
}

/** Whether a breakpoint with this condition stops the program when it is come to for this time. */
export function isHit(condition: string | undefined, hits: number): boolean {
  const [, sign = '>=', count] = HIT_CONDITION.exec(condition ?? '') ?? [];
  if (count === undefined) return true;
  const wanted = Number(count);
  if (sign === '%') return wanted > 0 && hits % wanted === 0;
  if (sign === '>') return hits > wanted;
  return sign === '>=' ? hits >= wanted : hits === wanted;
}

/** Whether it can be compiled: what it names is known only when the program comes to it. */
function checkCondition(condition = ''): void {
  if (condition.trim() === '') return;
  try {
    new Script(`(${condition}\n)`);
  } catch (error) {
    throw new RequestError(`"${condition}" is no expression: ${(error as Error).message}`);
  }
}

function checkHitCondition(condition: string | undefined): void {
  if (condition === undefined || condition.trim() === '' || HIT_CONDITION.test(condition)) return;
  throw new RequestError(`"${condition}" is no hit count: write 3, == 3, > 3, or % 3 for every third time.`);
}
