/** The breakpoints that the editor has set, remembered for as long as the session lasts: also for a restart. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { EXCEPTION_FILTERS } from './breakpoint-table.js';
import type { Breakpoints, WantedFunction, WantedLine } from './debuggee.js';
import { RequestError } from './request-error.js';

const NONE: Breakpoints = { lines: {}, functions: [], filters: [] };

export class WantedBreakpoints {
  private all = NONE;
  private count = 0;
  private isIgnored = false;

  /** Those that the debuggee is to stop at. */
  get wanted(): Breakpoints {
    return this.isIgnored ? NONE : this.all;
  }

  /** From now on none of them counts. */
  ignore(): void {
    this.isIgnored = true;
  }

  /** Those of a file, in the place of the ones before. Gives their ids. @throws RequestError */
  setLines(
    { source: { path }, breakpoints, lines = [] }: DebugProtocol.SetBreakpointsArguments,
    lineOf: (line: number) => number,
  ): number[] {
    if (path === undefined) throw new RequestError('Breakpoints can be set in files only.');
    const given: readonly DebugProtocol.SourceBreakpoint[] = breakpoints ?? lines.map((line) => ({ line }));
    const ofFile = given.map(
      ({ line, condition, hitCondition, logMessage }): WantedLine => ({
        id: ++this.count,
        line: lineOf(line),
        condition,
        hitCondition,
        logMessage,
      }),
    );
    this.all = { ...this.all, lines: { ...this.all.lines, [path]: ofFile } };
    return ofFile.map(({ id }) => id);
  }

  /** Those of functions. Gives their ids. */
  setFunctions({ breakpoints }: DebugProtocol.SetFunctionBreakpointsArguments): number[] {
    const functions = breakpoints.map(
      ({ name, condition, hitCondition }): WantedFunction => ({
        id: ++this.count,
        name,
        condition,
        hitCondition,
      }),
    );
    this.all = { ...this.all, functions };
    return functions.map(({ id }) => id);
  }

  /** Those of exceptions, by filter. Gives what becomes of each. */
  setFilters({ filters }: DebugProtocol.SetExceptionBreakpointsArguments): DebugProtocol.Breakpoint[] {
    this.all = { ...this.all, filters };
    const known = EXCEPTION_FILTERS.map(({ filter }) => filter);
    return filters.map((filter) =>
      known.includes(filter)
        ? { verified: true }
        : { verified: false, message: `There is no filter "${filter}"; there are ${known.join(', ')}.` },
    );
  }
}
