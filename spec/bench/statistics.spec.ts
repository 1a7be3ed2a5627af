/** What is made of samples: ratios of neighbours, the control, and the test of two states. */
import { expect } from 'chai';
import type { CoupleReport } from '../../bench/harness/contract.js';
import { chanceOf } from '../../bench/harness/permutation.js';
import { controlOf, ratioOf, sampleRatios } from '../../bench/harness/statistics.js';
import { digitsWithin } from '../../bench/harness/table.js';

function couple(samples: readonly number[], beside?: readonly number[]): CoupleReport {
  const own = { cold: 0, samples, calibration: [] };
  return beside === undefined ? own : { ...own, beside: { cold: 0, samples: beside, calibration: [] } };
}

describe('bench: ratios', () => {
  it('are taken sample by sample, so a phase that slows both changes nothing', () => {
    const reports = [couple([6, 12, 6], [10, 20, 10]), couple([60, 6, 6], [100, 10, 10])];
    expect(sampleRatios(reports[0]!)).to.deep.equal([0.6, 0.6, 0.6]);
    const ratio = ratioOf(reports);
    expect(ratio?.value).to.equal(0.6);
    expect(ratio?.rounds).to.deep.equal([0.6, 0.6]);
    expect(ratio?.spread).to.equal(0);
  });

  it('pass over a pair of samples between which a phase began', () => {
    expect(ratioOf([couple([6, 12, 6], [10, 10, 10])])?.value).to.equal(0.6);
  });

  it('have the median of the rounds for their value, and the rounds for their range', () => {
    const ratio = ratioOf([couple([1, 1], [2, 2]), couple([3, 3], [2, 2]), couple([2, 2], [2, 2])]);
    expect(ratio).to.include({ value: 1, low: 0.5, high: 1.5 });
  });

  it('leave out rounds in which nothing ran beside', () => {
    expect(ratioOf([couple([5, 5]), couple([6, 6], [2, 2])])?.rounds).to.deep.equal([3]);
    expect(ratioOf([couple([5, 5])])).to.equal(undefined);
    expect(ratioOf([])).to.equal(undefined);
  });

  it('are shown with half of their spread, in as many places', () => {
    expect(digitsWithin(0.692, 0.12)).to.equal('0.69 ±0.04');
    expect(digitsWithin(20.31, 0.1)).to.equal('20.3 ±1.0');
    expect(digitsWithin(309.4, 0.02)).to.equal('309 ±3');
  });
});

describe('bench: the control', () => {
  it('says where the middle 80 % lie, and how far the farther end is from 1', () => {
    const ratios = [0.5, 0.96, 0.97, 0.99, 1, 1, 1.01, 1.02, 1.05, 3];
    const control = controlOf(ratios);
    expect(control).to.include({ couples: 10, middle: 1 });
    expect(control?.low).to.be.within(0.5, 0.96);
    expect(controlOf([0.98, 0.98, 1, 1.05, 1.05])?.distance).to.be.closeTo(0.05, 1e-9);
  });

  it('does not care which of two equals is divided by which', () => {
    expect(controlOf([0.8])?.distance).to.be.closeTo(0.25, 1e-9);
    expect(controlOf([1.25])?.distance).to.be.closeTo(0.25, 1e-9);
    expect(controlOf([1])?.distance).to.equal(0);
  });

  it('is absent where nothing ran in couples', () => {
    expect(controlOf([])).to.equal(undefined);
  });
});

describe('bench: the permutation test', () => {
  it('counts the ways to give signs that go as far', () => {
    // Only all alike go as far: 2 of 2ⁿ ways.
    for (const count of [1, 4, 8]) {
      const differences = Array.from({ length: count }, () => -0.05);
      expect(chanceOf(differences)).to.equal(2 / 2 ** count);
    }
    // |±1 ±2 ±3| ≥ 4: both ways of 6, both of 4.
    expect(chanceOf([-1, 2, 3])).to.equal(4 / 8);
  });

  it('sees nothing where rounds contradict each other, or nothing has changed', () => {
    expect(chanceOf([0.1, -0.1, 0.1, -0.1, 0.1, -0.1, 0.1, -0.1])).to.equal(1);
    expect(chanceOf([0, 0, 0, 0, 0, 0, 0, 0])).to.equal(1);
  });

  it('is sure with eight rounds that agree, whatever their sizes, and with no fewer', () => {
    const sizes = [0.01, 0.02, 0.05, 0.1, 0.02, 0.03, 0.5, 0.04];
    expect(chanceOf(sizes)).to.be.below(0.01);
    expect(chanceOf(sizes.slice(1))).to.be.above(0.01);
    expect(chanceOf([...sizes.slice(1), -0.02])).to.be.above(0.01);
  });

  it('tries many ways where there are too many for all, and the same ones every time', () => {
    const mixed = Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? -1 : 1) * (1 + index / 100));
    const chance = chanceOf(mixed);
    // 30 signs, a sum of about 10 of √30 ≈ 5.5 deviations.
    expect(chance).to.be.within(0.04, 0.12);
    expect(chanceOf(mixed)).to.equal(chance);
    expect(chanceOf(Array.from({ length: 30 }, () => 0.01))).to.be.below(0.001);
  });
});
