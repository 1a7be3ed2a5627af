import type { Measure, Params, Workload } from './contract.js';
import type { Figure, Ratio } from './statistics.js';

/** One line of the table. */
export interface Line {
  readonly system: string;
  readonly params: Params;
  readonly figure: Figure | undefined;
  readonly ratio: Ratio | undefined;
  readonly failure: string | undefined;
}

export interface Section {
  readonly workload: Workload;
  readonly lines: readonly Line[];
}

/** Beyond this, a pair's samples or the calibration loop vary too much for small differences to mean anything. */
export const NOISY = 0.15;

const HEADER = ['#', 'workload', 'system', 'n', 'per op', '× native', 'target', '', 'spread', 'cold'];

/** A Markdown table that can also be read in a terminal: all cells of a column are equally wide. */
export function table(sections: readonly Section[]): string {
  const rows: string[][] = [HEADER];
  for (const { workload, lines } of sections) {
    for (const [index, line] of lines.entries()) {
      const first = index === 0;
      rows.push([first ? workload.row : '', first ? workload.name : '', ...cells(workload, line)]);
    }
  }
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, i) => pad(cell, widths[i] ?? 0, i)).join(' | ')} |`);
  lines.splice(
    1,
    0,
    `|${widths.map((width, i) => (i >= 3 ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`,
  );
  return lines.join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column >= 3 ? cell.padStart(width) : cell.padEnd(width);
}

function cells(workload: Workload, { system, params, figure, ratio, failure }: Line): string[] {
  const target = workload.targets[system];
  const size = count(params.n);
  if (figure === undefined) return [system, size, failure === undefined ? '–' : 'FAILED', '', '', '', '', ''];
  return [
    system,
    size,
    quantity(figure.median, workload.measure),
    ratio === undefined || Number.isNaN(ratio.value) ? '' : digits(ratio.value),
    target === undefined ? '' : `≤ ${target}`,
    target === undefined ? '' : verdict(target, workload, figure, ratio),
    `${Math.round(figure.spread * 100)} %${figure.spread > NOISY ? ' !' : ''}`,
    workload.measure === 'heap' ? '' : quantity(figure.cold, workload.measure),
  ];
}

/** Met or missed only when every round says so. */
function verdict(target: number, workload: Workload, figure: Figure, ratio: Ratio | undefined): string {
  const low = workload.absolute ? Math.min(...figure.rounds) : ratio?.low;
  const high = workload.absolute ? Math.max(...figure.rounds) : ratio?.high;
  if (low === undefined || high === undefined || Number.isNaN(low)) return '';
  if (high <= target) return 'met';
  return low > target ? 'MISSED' : 'unsure';
}

function quantity(value: number, measure: Measure): string {
  if (measure === 'heap') return `${Math.round(value).toLocaleString('en')} B`;
  if (value >= 10_000) return `${digits(value / 1000)} µs`;
  return `${digits(value)} ns`;
}

/** Three digits that mean something. */
function digits(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(value >= 0.995 ? 3 : 2);
}

function count(n: number): string {
  if (n % 1_000_000 === 0) return `${n / 1_000_000}M`;
  if (n % 1_000 === 0) return `${n / 1_000}k`;
  return String(n);
}
