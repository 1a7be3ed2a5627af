/** What the tables of the benchmarks show of couples. */
import { expect } from 'chai';
import type { CoupleReport } from '../../bench/harness/contract.js';
import { controlIn, isShaky, isTooNoisy, linesOf } from '../../bench/harness/figures.js';
import { summary } from '../../bench/harness/report.js';
import { FORMAT, type PairResult, type Results, type WorkloadResult } from '../../bench/harness/results.js';

function couple(own: number, beside?: number, calibration = 2): CoupleReport {
  const report = (value: number) => ({
    cold: value,
    samples: [value, value],
    calibration: [2, 2, 2, 2, calibration, calibration],
  });
  return beside === undefined ? report(own) : { ...report(own), beside: report(beside) };
}

function pair(system: string, reports: readonly CoupleReport[], more: Partial<PairResult> = {}): PairResult {
  return { system, params: { n: 10, depth: 0 }, target: null, failure: null, reports, ...more };
}

function workload(name: string, pairs: readonly PairResult[], baseline = name): WorkloadResult {
  return {
    row: '1',
    name,
    title: name,
    operation: 'step',
    measure: 'wall',
    absolute: false,
    baseline: { workload: baseline, system: 'native' },
    notes: [],
    pairs,
  };
}

function results(...workloads: WorkloadResult[]): Results {
  return {
    format: FORMAT,
    environment: {
      date: '2026-11-23T00:00:00.000Z',
      node: 'v20',
      v8: '11',
      versions: {},
      platform: 'linux x64',
      cpu: 'a processor',
      cores: 2,
      memory: 1,
      load: [[0], [0]],
      commit: 'abc',
      minutes: 1,
      rounds: 2,
      clock: 'wall',
      nodeFlags: [],
    },
    workloads,
    growth: [],
    skipped: [],
  };
}

const native = pair('native', [couple(100, 102), couple(50, 51)]);

describe('bench: figures', () => {
  it('take ratios to what ran beside, whatever the baseline gave elsewhere', () => {
    const treadle = pair('treadle', [couple(60, 120), couple(40, 80)], { target: 0.5 });
    const all = results(workload('a', [treadle, native]));
    const [line] = linesOf(all, all.workloads[0]!);
    expect(line).to.deep.include({ verdict: 'met' });
    expect(line?.ratio).to.include({ value: 0.5, low: 0.5, high: 0.5 });
    expect(line?.figure?.median).to.equal(50);
  });

  it('take the cost of a baseline from all its processes, also those beside another workload', () => {
    const here = workload('a', [pair('treadle', [couple(1, 300)]), native]);
    const there = workload('b', [pair('treadle', [couple(1, 200)])], 'a');
    const all = results(here, there);
    const line = linesOf(all, here)[1];
    // 50, 51, 100, 102, 200, 300
    expect(line?.figure?.median).to.equal(101);
    expect(linesOf(all, there)[0]?.ratio?.value).to.equal(1 / 200);
  });

  it('compare what ran alone by its median', () => {
    const here = workload('a', [pair('asyncio', [couple(750)]), native]);
    const line = linesOf(results(here), here)[0];
    // 50, 51, 100, 102
    expect(line?.ratio).to.include({ value: 750 / 75.5, spread: undefined });
  });

  it('give no ratio to a baseline that has failed, and say so', () => {
    const failed = { ...native, failure: 'it fell over' };
    const here = workload('a', [pair('treadle', [couple(60, 120), couple(40)], { target: 0.5 }), failed]);
    const [line] = linesOf(results(here), here);
    expect(line).to.include({ ratio: undefined, verdict: 'unsure' });
    expect(line?.figure?.median).to.equal(50);
    expect(summary(results(here))).to.match(
      /FAILED a native, n = 10: it fell over\. There are no ratios to it/,
    );
  });

  it('call a pair shaky whose rounds are apart, however far single samples are', () => {
    const wild = {
      cold: 1,
      samples: [1, 2, 4],
      calibration: [],
      beside: { cold: 1, samples: [2, 2, 2], calibration: [] },
    };
    const treadle = pair('treadle', [wild, wild]);
    const other = pair('floor', [couple(60, 100), couple(75, 100)]);
    const here = workload('a', [treadle, other, native]);
    expect(linesOf(results(here), here).map(isShaky)).to.deep.equal([false, true, false]);
  });
});

describe('bench: whether a run is to be believed', () => {
  it('is what the baseline beside itself says, not the calibration loop', () => {
    const quiet = workload('a', [pair('native', [couple(100, 102, 9), couple(50, 51, 9)])]);
    expect(controlIn([quiet])).to.include({ couples: 2, middle: 100 / 102 });
    expect(isTooNoisy([quiet])).to.equal(false);
    const busy = workload('a', [pair('native', [couple(100, 130), couple(50, 65)])]);
    expect(isTooNoisy([busy])).to.equal(true);
    expect(summary(results(busy))).to.match(/TOO NOISY: ratios of equals/);
  });

  it('makes every verdict unsure if it is not', () => {
    const busy = workload('a', [
      pair('treadle', [couple(10, 100), couple(10, 100)], { target: 0.5 }),
      pair('native', [couple(100, 130), couple(50, 65)]),
    ]);
    expect(linesOf(results(busy), busy)[0]?.verdict).to.equal('unsure');
  });

  it('is what the calibration loop says where nothing ran in couples', () => {
    const alone = (calibration: number) =>
      workload('a', [pair('native', [couple(1, undefined, calibration)])]);
    expect(isTooNoisy([alone(2)])).to.equal(false);
    expect(isTooNoisy([alone(9)])).to.equal(true);
  });
});
