/** Tables of figures, for the terminal and as Markdown, and the files they are kept in. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../harness/results.js';
import { digits, table } from '../../harness/table.js';
import { resultsDirectory } from './build.js';
import type { Figure, Figures } from './figures.js';

export interface Column {
  readonly system: string;
  /** Missing when the system failed. */
  readonly figures: Figures | undefined;
  readonly failure: string | undefined;
}

export interface Section {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly notes: readonly string[];
}

/** One row a figure, one column a system. */
function tableOf({ columns }: Section): string {
  const names = new Set(columns.flatMap(({ figures }) => (figures ?? []).map(({ name }) => name)));
  const rows = [...names].map((name) => [name, ...columns.map((column) => cell(column, name))]);
  return table(['', ...columns.map(({ system }) => system)], rows, 1);
}

function cell({ figures, failure }: Column, name: string): string {
  const found = figures?.find((other) => other.name === name);
  if (found !== undefined) return format(found);
  return failure === undefined ? '–' : 'FAILED';
}

function format({ value, unit }: Figure): string {
  if (value === Infinity) return 'never';
  const isCount = unit === '' || unit === 'lines';
  const number =
    isCount || unit === 'B' || unit === '/s' ? Math.round(value).toLocaleString('en') : digits(value);
  return isCount ? number : `${number} ${unit}`;
}

export function documentOf(environment: Environment, sections: readonly Section[]): string {
  const { node, cores, cpu, commit, rounds, load } = environment;
  const loads = load.map((averages) => averages[0]?.toFixed(1)).join(' and ');
  const medians = rounds === 1 ? '1 round' : `medians of ${rounds} rounds`;
  const header = `Treadle ${commit}, Node ${node}, ${cores} × ${cpu}, ${medians}; load before and after ${loads}`;
  const parts = sections.map((section) => {
    const failures = section.columns.flatMap(({ system, failure }) =>
      failure === undefined ? [] : [`FAILED ${system}: ${failure}`],
    );
    return [`### ${section.title}`, tableOf(section), ...section.notes, ...failures].join('\n\n');
  });
  return [header, ...parts].join('\n\n');
}

/** Writes `results.json` and `report.md` into a folder of its own; gives its path. */
export async function keep(
  kind: string,
  environment: Environment,
  results: unknown,
  text: string,
): Promise<string> {
  const folder = join(resultsDirectory, `${environment.date.replace(/[:.]/g, '-')}-${kind}`);
  await mkdir(folder, { recursive: true });
  const never = (_key: string, value: unknown) => (value === Infinity ? 'never' : value);
  await writeFile(join(folder, 'results.json'), `${JSON.stringify({ environment, results }, never, 1)}\n`);
  await writeFile(join(folder, 'report.md'), `${text}\n`);
  return folder;
}
