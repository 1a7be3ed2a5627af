/**
 * What `make bench-programs` and `make bench-scale` have in common: a list of programs, each of which runs for each of
 * its systems, in processes of its own.
 *
 * One measurement runs at a time, and the order of the systems turns by one each round, so that slow changes of the
 * machine hit all alike. With QUICK=1 everything is small and runs side by side: then only what the programs do is
 * checked, and nothing is measured.
 */
import os from 'node:os';
import { Complaint, runCommand } from '../../harness/complaint.js';
import { observeEnvironment } from '../../harness/environment.js';
import { type Options, readOptions, refuseUnknown, selectsSystem } from '../../harness/options.js';
import { Progress } from '../../harness/progress.js';
import type { Environment } from '../../harness/results.js';
import type { Program, Tools } from '../contract.js';
import { Build } from './build.js';
import { type Figures, figure, medians } from './figures.js';
import { linesOfCode } from './lines.js';
import { type Column, documentOf, keep, type Section } from './report.js';

interface Entry {
  readonly program: Program;
  readonly system: string;
  readonly rounds: Figures[];
  failure: string | undefined;
}

function chooseEntries(programs: readonly Program[], options: Options): Entry[] {
  const all = programs.map(({ name }) => name);
  refuseUnknown('ONLY', options.only, (word) => all.includes(word), all);
  const allSystems = programs.flatMap(({ systems }) => systems);
  const isKnown = (word: string) => allSystems.some((system) => selectsSystem([word], system));
  refuseUnknown('SYSTEMS', options.systems, isKnown, allSystems);
  const chosen = programs.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const entries = chosen.flatMap((program) =>
    program.systems
      .filter((system) => selectsSystem(options.systems, system))
      .map((system): Entry => ({ program, system, rounds: [], failure: undefined })),
  );
  if (entries.length > 0) return entries;
  const names = programs.map(({ name, systems }) => `${name} (${systems.join(', ')})`);
  throw new Complaint(`nothing to run: ONLY and SYSTEMS are lists of ${names.join(', ')}`);
}

function schedule(entries: readonly Entry[], programs: readonly Program[], rounds: number): Entry[] {
  const order: Entry[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const program of programs) {
      const own = entries.filter((entry) => entry.program === program);
      const start = round % Math.max(1, own.length);
      order.push(...own.slice(start), ...own.slice(0, start));
    }
  }
  return order;
}

async function runEntry(entry: Entry, size: 'quick' | 'full', tools: Tools): Promise<void> {
  if (entry.failure !== undefined) return;
  try {
    entry.rounds.push(await entry.program.measure(entry.system, size, tools));
  } catch (error) {
    entry.failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

async function runAll(order: readonly Entry[], { quick }: Options, tools: Tools): Promise<void> {
  const progress = new Progress(order);
  const waiting = [...order];

  async function work(): Promise<void> {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      const next = entry;
      await progress.measure(next, `${next.program.name} ${next.system}`, () =>
        runEntry(next, quick ? 'quick' : 'full', tools),
      );
    }
  }

  await Promise.all(Array.from({ length: quick ? os.availableParallelism() : 1 }, work));
  progress.end();
}

async function withLines(entry: Entry): Promise<Figures> {
  const { program, helpers } = entry.program.files(entry.system);
  const figures = medians(entry.rounds);
  if (program.length === 0) return figures;
  return [
    figure('lines of code', await linesOfCode(program), 'lines'),
    figure('… and of helpers it brings', await linesOfCode(helpers), 'lines'),
    ...figures,
  ];
}

async function sectionOf(program: Program, entries: readonly Entry[]): Promise<Section> {
  const columns: Column[] = [];
  for (const entry of entries.filter((other) => other.program === program)) {
    const figures = entry.rounds.length === 0 ? undefined : await withLines(entry);
    columns.push({ system: entry.system, figures, failure: entry.failure });
  }
  return { title: program.title, columns, notes: program.notes };
}

async function report(kind: string, entries: readonly Entry[], environment: Environment): Promise<void> {
  const sections: Section[] = [];
  for (const program of new Set(entries.map((entry) => entry.program))) {
    sections.push(await sectionOf(program, entries));
  }
  const text = documentOf(environment, sections);
  const results = entries.map(({ program, system, rounds, failure }) => ({
    program: program.name,
    system,
    failure,
    rounds,
  }));
  const folder = await keep(kind, environment, results, text);
  process.stdout.write(`${text}\n\nKept in ${folder}\n`);
}

/**
 * Runs what ONLY and SYSTEMS choose; sets the exit code when something failed, and says in a line what is wrong with a
 * setting. `folders` are those of `bench/` in which the processes' scripts lie.
 */
export function runSuite(
  kind: string,
  folders: readonly string[],
  programs: readonly Program[],
): Promise<void> {
  return runCommand(() => measureSuite(kind, folders, programs, readOptions(process.env)));
}

async function measureSuite(
  kind: string,
  folders: readonly string[],
  programs: readonly Program[],
  options: Options,
): Promise<void> {
  const entries = chooseEntries(programs, options);
  using build = await Build.of(folders);
  const observed = await observeEnvironment(options);
  await runAll(schedule(entries, programs, options.rounds), options, {
    script: (path) => build.script(path),
    node: options.node,
  });

  const failed = entries.filter(({ failure }) => failure !== undefined);
  if (!options.quick) await report(kind, entries, observed());
  for (const { program, system, failure } of failed) {
    process.stdout.write(`FAILED ${program.name} ${system}: ${failure}\n`);
  }
  if (options.quick) {
    const right = entries.length - failed.length;
    process.stdout.write(`${right} of ${entries.length} measurements (${kind}) find what they should.\n`);
  }
  if (failed.length > 0) process.exitCode = 1;
}
