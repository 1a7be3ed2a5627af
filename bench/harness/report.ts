/** The report of a run: tables in the terminal and in Markdown, everything in JSON, plots. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { resultsDirectory } from './build.js';
import {
  controlIn,
  figureOfPair,
  isShaky,
  isTooNoisy,
  type Line,
  lineOf,
  linesOf,
  NOISY,
  noiseIn,
  PEERS,
  treadleLine,
} from './figures.js';
import { plotsOf } from './plots.js';
import { readmeSection } from './readme-section.js';
import type { Results, WorkloadResult } from './results.js';
import type { Control } from './statistics.js';
import { count, digits, digitsWithin, percent, quantity, table } from './table.js';

export function summary(results: Results): string {
  const { environment, workloads, growth } = results;
  const { node, v8, cores, cpu, commit, rounds, clock, minutes, date } = environment;
  const parts = [
    `Node ${node} (V8 ${v8}), ${cores} × ${cpu}, commit ${commit}, ${date}`,
    `${rounds === 1 ? '1 round' : `${rounds} rounds`}, medians, ${clock} time, ${digits(minutes)} minutes`,
    '',
    mainTable(results),
  ];
  const failures = [
    ...workloads.flatMap((workload) => failuresOf(workload, workloads)),
    ...growth.flatMap((workload) => failuresOf(workload)),
  ];
  if (failures.length > 0) parts.push('', ...failures);
  const peers = peerRows(results);
  if (peers.length > 0) {
    parts.push('', 'Against the structured peers: how many times faster Treadle is.', '');
    parts.push(table(['#', 'workload', ...PEERS], peers, 2));
  }
  if (growth.length > 0) {
    parts.push('', 'Growth: cost of one operation when there are n.');
    for (const workload of growth) parts.push('', growthTable(workload));
  }
  const notes = new Set(workloads.flatMap((workload) => workload.notes));
  parts.push('', ...notes, ...results.skipped, ...trust(results));
  return parts.join('\n');
}

/** `all` are those that may have ratios to it. */
function failuresOf({ name, pairs }: WorkloadResult, all: readonly WorkloadResult[] = []): string[] {
  const isBaseline = (system: string) =>
    all.some(
      ({ baseline, absolute }) => !absolute && baseline.workload === name && baseline.system === system,
    );
  return pairs.flatMap(({ system, params, failure }) => {
    if (failure === null) return [];
    const lost = isBaseline(system) ? '. There are no ratios to it: the others were measured alone.' : '';
    return [`FAILED ${name} ${system}, n = ${count(params.n)}: ${failure}${lost}`];
  });
}

const HEADER = ['#', 'workload', 'system', 'n', 'per op', '× native', 'target', '', 'spread', 'cold'];

function mainTable(results: Results): string {
  const rows: string[][] = [];
  for (const workload of results.workloads) {
    for (const [index, line] of linesOf(results, workload).entries()) {
      const first = index === 0 ? [workload.row, workload.name] : ['', ''];
      rows.push([...first, ...cells(workload, line)]);
    }
  }
  return table(HEADER, rows, 3);
}

function ratioText({ ratio }: Line): string {
  if (ratio === undefined) return '';
  return ratio.spread === undefined ? digits(ratio.value) : digitsWithin(ratio.value, ratio.spread);
}

function cells({ measure, absolute }: WorkloadResult, line: Line): string[] {
  const { pair, figure, ratio, verdict } = line;
  const mark = isShaky(line) ? ' !' : '';
  const size = count(pair.params.n);
  if (figure === undefined) return [pair.system, size, pair.failure === null ? '–' : 'FAILED'];
  const target = pair.target === null ? '' : absolute ? quantity(pair.target, measure) : String(pair.target);
  return [
    pair.system,
    size,
    quantity(figure.median, measure),
    `${ratioText(line)}${ratio?.spread === undefined ? '' : mark}`,
    target === '' ? '' : `≤ ${target}`,
    verdict,
    `${percent(figure.spread)}${ratio?.spread === undefined ? mark : ''}`,
    measure === 'heap' || measure === 'bundle' ? '' : quantity(figure.cold, measure),
  ];
}

function peerRows(results: Results): string[][] {
  const rows: string[][] = [];
  for (const workload of results.workloads) {
    const lines = linesOf(results, workload);
    const own = treadleLine(lines);
    if (own?.figure === undefined) continue;
    const factors = PEERS.map((name) => {
      const peer = lineOf(lines, name);
      return peer === undefined ? '–' : digits(timesOf(peer, own));
    });
    if (factors.some((factor) => factor !== '–')) rows.push([workload.row, workload.name, ...factors]);
  }
  return rows;
}

/** Each was measured beside the baseline: the ratio of their ratios holds better than that of their medians. */
function timesOf(peer: Line, own: Line): number {
  if (peer.ratio !== undefined && own.ratio !== undefined) return peer.ratio.value / own.ratio.value;
  return (peer.figure?.median ?? Number.NaN) / (own.figure?.median ?? Number.NaN);
}

function growthTable({ name, measure, pairs }: WorkloadResult): string {
  const sizes = [...new Set(pairs.map(({ params }) => params.n))].sort((a, b) => a - b);
  const systems = [...new Set(pairs.map(({ system }) => system))];
  const rows = systems.map((system) => [
    system,
    ...sizes.map((n) => {
      const pair = pairs.find((candidate) => candidate.system === system && candidate.params.n === n);
      const figure = pair === undefined ? undefined : figureOfPair(pair);
      if (figure === undefined) return pair?.failure ? 'FAILED' : '–';
      return quantity(figure.median, measure);
    }),
  ]);
  return table([name, ...sizes.map(count)], rows, 1);
}

/** How far the figures are to be believed. */
function trust(results: Results): string[] {
  const { environment, workloads } = results;
  const [before, after] = environment.load;
  const control = controlIn(workloads);
  const lines: string[] = [];
  if (control !== undefined) lines.push(`The baseline beside itself: ${controlText(control)}.`);
  lines.push(
    `Calibration loop, middle 80 %: ${percent(noiseIn(workloads))}. Load average ${before[0]?.toFixed(1)} before, ${after[0]?.toFixed(1)} after; the suite itself makes 1.`,
  );
  if (isTooNoisy(workloads)) {
    const reason =
      control === undefined
        ? 'the machine was busy with other things'
        : 'ratios of equals are as far from 1 as that';
    lines.push(`TOO NOISY: ${reason}; do not believe these figures.`);
  }
  const all = workloads.flatMap((workload) => linesOf(results, workload));
  const shaky = all.filter(isShaky);
  if (shaky.length > 0)
    lines.push(
      `! ${shaky.length} of ${all.length} pairs: rounds (or samples, where nothing ran beside) more than ${percent(NOISY)} apart.`,
    );
  if (environment.commit.endsWith('+')) lines.push('lib/ differed from the commit named above.');
  return lines;
}

/** What a ratio of equals came to. */
export function controlText({ middle, low, high, couples }: Control): string {
  if (couples === 1) return `${middle.toFixed(2)}, of a single couple`;
  return `${middle.toFixed(2)} in the middle case, ${low.toFixed(2)} … ${high.toFixed(2)} for 80 % of ${couples} couples`;
}

/** For a terminal. */
export function colored(text: string): string {
  if (!process.stdout.isTTY) return text;
  return text
    .replace(/ met | better /g, (word) => styleText('green', word))
    .replace(/ MISSED | WORSE |TOO NOISY|FAILED/g, (word) => styleText('red', word))
    .replace(/ unsure /g, (word) => styleText('yellow', word));
}

/** Writes the raw figures to `directory`, whole or not at all: it is done again and again while a run goes on. */
export async function writeResults(results: Results, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'results.json');
  await writeFile(`${file}.new`, `${JSON.stringify(results, null, 1)}\n`);
  await rename(`${file}.new`, file);
}

/** Writes all files of a report to `directory`. */
export async function writeReport(results: Results, directory: string): Promise<void> {
  await writeResults(results, directory);
  await writeFile(join(directory, 'report.md'), `${summary(results)}\n`);
  await writeFile(join(directory, 'readme-section.md'), readmeSection(results));
  for (const [name, svg] of await plotsOf(results)) await writeFile(join(directory, `${name}.svg`), svg);
}

/** A folder for each run, named after its time, so that nothing is overwritten. */
export function directoryOf({ environment }: Results): string {
  return join(resultsDirectory, environment.date.replace(/[:.]/g, '-'));
}
