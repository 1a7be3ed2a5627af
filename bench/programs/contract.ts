/**
 * What a whole program is: the same thing written for each system, as a user of that system would write it.
 *
 *     <name>/index.ts     what is measured, and how: runs in the runner, starts the processes
 *     <name>/treadle.ts   the program in Treadle
 *     <name>/native.ts    the program in async/await, with AbortController
 *     <name>/…            what both are given (a database, a network) and what runs beside them (hosts, clients)
 *     native/…            what native programs have to bring along, as the platform has none
 */
import { systemName } from '../harness/options.js';
import type { Figures } from './support/figures.js';

/** Where the processes of a measurement come from. */
export interface Tools {
  /** The bundle of `bench/<path>.ts`. */
  script(path: string): string;
  /** The binary they run on. */
  readonly node: string;
}

/** Quick is for the checks only, and takes about a second; full is for the figures. */
export type Size = 'quick' | 'full';

export interface Program {
  readonly name: string;
  readonly title: string;
  /** `system` or `system:form`, in the order of the report. */
  readonly systems: readonly string[];
  /** The source files of a system's program, for counting its lines; helpers are counted apart. */
  files(system: string): { readonly program: readonly URL[]; readonly helpers: readonly URL[] };
  /** Runs it once, checks what it does, and gives the figures. Throws if it does anything else. */
  measure(system: string, size: Size, tools: Tools): Promise<Figures>;
  /** Printed under the table. */
  readonly notes: readonly string[];
}

/** The usual case: one file a system, and helpers of the native ones. */
export function filesOf(folder: URL, helpers: Readonly<Record<string, readonly string[]>>): Program['files'] {
  return (system) => {
    const name = systemName(system);
    return {
      program: [new URL(`./${name}.ts`, folder)],
      helpers: (helpers[name] ?? []).map((helper) => new URL(`../native/${helper}.ts`, folder)),
    };
  };
}

/** For programs so small that their lines say nothing. */
export const NO_FILES: Program['files'] = () => ({ program: [], helpers: [] });
