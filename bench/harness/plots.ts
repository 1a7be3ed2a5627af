/**
 * Plots as SVG, made by Vega-Lite without a browser.
 *
 * They have to be readable on white and on black. Marks have colours of middle lightness; text and lines are drawn in
 * two colours that stand for others, and a style sheet in the SVG gives these as the reader's colour scheme wants it.
 */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { figureOfPair, type Line, lineOf, linesOf, PEERS, treadleLine } from './figures.js';
import { systemName } from './options.js';
import type { Results, WorkloadResult } from './results.js';
import { digits, quantity } from './table.js';

const INK = '#010203';
const FAINT = '#010204';

const STYLE = `<style>
  [fill="${INK}"] { fill: #1f2328 } [stroke="${INK}"] { stroke: #1f2328 }
  [fill="${FAINT}"] { fill: #c4cad1 } [stroke="${FAINT}"] { stroke: #c4cad1 }
  @media (prefers-color-scheme: dark) {
    [fill="${INK}"] { fill: #e6edf3 } [stroke="${INK}"] { stroke: #e6edf3 }
    [fill="${FAINT}"] { fill: #3d444d } [stroke="${FAINT}"] { stroke: #3d444d }
  }
</style>`;

/** In the order of the legend. */
const COLORS: Readonly<Record<string, string>> = {
  treadle: '#e8590c',
  native: '#868e96',
  'native-structured': '#adb5bd',
  floor: '#a37a3c',
  'floor-structured': '#c9a86a',
  effection: '#1c7ed6',
  effect: '#9c36b5',
  'redux-saga': '#2f9e44',
  co: '#0ca678',
  rxjs: '#d6336c',
  asyncio: '#5c7cfa',
  anyio: '#5c7cfa',
  trio: '#5c7cfa',
  go: '#15aabf',
  luajit: '#748ffc',
};

const FONT = 'system-ui, -apple-system, "Segoe UI", sans-serif';

const config = {
  background: 'transparent',
  font: FONT,
  view: { stroke: null },
  title: { color: INK, subtitleColor: INK, fontSize: 15, subtitleFontSize: 12, anchor: 'start', offset: 12 },
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: FAINT,
    tickColor: FAINT,
    gridColor: FAINT,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelLimit: 260,
  },
  legend: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    labelLimit: 260,
    title: null,
    symbolSize: 90,
  },
} as const;

async function render(spec: object): Promise<string> {
  const compiled = compile({ ...spec, config } as TopLevelSpec).spec;
  const svg = await new View(parse(compiled), { renderer: 'none' }).toSVG();
  return `${svg.replace(/(<svg [^>]*>)/, `$1${STYLE}`)}\n`;
}

function colorOf(systems: readonly string[]): object {
  return {
    field: 'system',
    type: 'nominal',
    scale: { domain: systems, range: systems.map((name) => COLORS[systemName(name)] ?? INK) },
  };
}

/** Costs are compared by how many times, so their axes are logarithmic. One line for each of 1, 2, 5, 10, 20, …, no more. */
function logarithmic(values: readonly number[], title: string, format: string): object {
  const ticks: number[] = [];
  const low = Math.min(...values);
  const high = Math.max(...values);
  for (let power = -3; power <= 12; power++) {
    for (const digit of [1, 2, 5]) {
      const tick = Number(`${digit}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return {
    type: 'quantitative',
    scale: { type: 'log', nice: false, padding: 10 },
    axis: { title, format, grid: true, values: ticks },
  };
}

interface Dot {
  readonly workload: string;
  readonly system: string;
  readonly ratio: number;
}

function dotsOf(results: Results): Dot[] {
  const dots: Dot[] = [];
  for (const workload of results.workloads) {
    if (workload.absolute && workload.measure !== 'heap') continue;
    const lines = linesOf(results, workload);
    const label = `${workload.name} ${workload.row}`;
    const native = lines.find(({ pair }) => pair.system === workload.baseline.system)?.figure;
    const add = (system: string, line: Line | undefined) => {
      if (line?.figure === undefined) return;
      // Where the target is no ratio there is still one to be shown.
      const ratio =
        line.ratio?.value ?? (native === undefined ? undefined : line.figure.median / native.median);
      if (ratio !== undefined) dots.push({ workload: label, system, ratio });
    };
    add('treadle', treadleLine(lines));
    add('floor', lineOf(lines, 'floor'));
    for (const peer of PEERS) add(peer, lineOf(lines, peer));
  }
  return dots;
}

/** All workloads at a glance: where Treadle stands against native code and the peers. */
function overview(results: Results): Promise<string> {
  const values = dotsOf(results);
  const systems = ['treadle', 'floor', ...PEERS];
  const x = {
    field: 'ratio',
    ...logarithmic(
      values.map(({ ratio }) => ratio),
      '× native',
      '~g',
    ),
  };
  const color = colorOf(systems);
  const y = {
    field: 'workload',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { ticks: false, domain: false },
  };
  return render({
    title: {
      text: 'Cost of an operation, relative to native async/await',
      subtitle: `left of 1 is faster · Treadle by yield* · Node ${results.environment.node} · logarithmic`,
    },
    width: 560,
    height: { step: 19 },
    data: { values },
    layer: [
      {
        data: { values: [{ native: 1 }] },
        mark: { type: 'rule', color: INK, strokeWidth: 1.5 },
        encoding: { x: { ...x, field: 'native' } },
      },
      {
        // The limit: what generators and a queue cost by themselves.
        transform: [{ filter: "datum.system === 'floor'" }],
        mark: { type: 'tick', thickness: 3, height: 13, opacity: 1 },
        encoding: { y, x, color },
      },
      {
        transform: [{ filter: "datum.system !== 'floor' && datum.system !== 'treadle'" }],
        mark: { type: 'point', filled: true, size: 65, opacity: 1 },
        encoding: { y, x, color },
      },
      {
        transform: [{ filter: "datum.system === 'treadle'" }],
        mark: { type: 'point', filled: true, size: 150, opacity: 1 },
        encoding: { y, x, color },
      },
    ],
  });
}

/** One workload: every system, with the range of its samples. */
function workloadPlot(results: Results, workload: WorkloadResult): Promise<string> {
  const { measure, operation, title, row } = workload;
  const isSize = measure === 'heap' || measure === 'bundle';
  const values = linesOf(results, workload).flatMap(({ pair, figure, ratio }) =>
    figure === undefined
      ? []
      : [
          {
            system: pair.system,
            median: figure.median,
            lowest: figure.lowest,
            highest: figure.highest,
            label: `${quantity(figure.median, measure)}${ratio === undefined ? '' : ` · ${digits(ratio.value)}×`}`,
          },
        ],
  );
  const systems = values.map(({ system }) => system);
  const y = {
    field: 'system',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { ticks: false, domain: false },
  };
  const color = { ...colorOf(systems), legend: null };
  const range = values.flatMap(({ lowest, highest }) => [lowest, highest]);
  // An axis needs some length, also for a single value.
  const x = logarithmic(
    [...range, Math.min(...range) / 1.5, Math.max(...range) * 1.5],
    `${isSize ? 'bytes' : 'nanoseconds'} per ${operation}`,
    '~s',
  );
  return render({
    title: {
      text: `${row} ${workload.name}`,
      subtitle: [title, 'dot: median · line: all samples · logarithmic'],
    },
    data: { values },
    width: 420,
    height: { step: 22 },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.5 },
        encoding: {
          y,
          color,
          x: { field: 'lowest', ...x },
          x2: { field: 'highest' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { y, color, x: { field: 'median', ...x } },
      },
      {
        mark: { type: 'text', align: 'left', color: INK, fontSize: 11 },
        encoding: { y, x: { value: 430 }, text: { field: 'label' } },
      },
    ],
  });
}

function growthPlot({ name, operation, pairs }: WorkloadResult): Promise<string> {
  const values = pairs.flatMap((pair) => {
    const figure = figureOfPair(pair);
    return figure === undefined ? [] : [{ system: pair.system, n: pair.params.n, median: figure.median }];
  });
  const systems = [...new Set(values.map(({ system }) => system))];
  return render({
    title: {
      text: `${name}: how the cost of one grows with their number`,
      subtitle: 'level is best; logarithmic',
    },
    data: { values },
    width: 460,
    height: 260,
    mark: { type: 'line', point: { filled: true, size: 50 }, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'n',
        ...logarithmic(
          values.map(({ n }) => n),
          'n',
          '~s',
        ),
      },
      y: {
        field: 'median',
        ...logarithmic(
          values.map(({ median }) => median),
          `nanoseconds per ${operation}`,
          '~s',
        ),
      },
      color: colorOf(systems),
    },
  });
}

/** File names without extension, and their SVG. */
export async function plotsOf(results: Results): Promise<[name: string, svg: string][]> {
  const plots: [string, string][] = [];
  if (dotsOf(results).length > 0) plots.push(['overview', await overview(results)]);
  for (const workload of results.workloads) {
    if (workload.pairs.some((pair) => figureOfPair(pair) !== undefined))
      plots.push([workload.name, await workloadPlot(results, workload)]);
  }
  for (const workload of results.growth) {
    if (workload.pairs.some((pair) => figureOfPair(pair) !== undefined))
      plots.push([`growth-${workload.name}`, await growthPlot(workload)]);
  }
  return plots;
}
