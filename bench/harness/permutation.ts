/**
 * Is it more than chance? A permutation test for values that come in pairs.
 *
 * If nothing had changed, each difference might as well have had the other sign. So all ways to give signs to the
 * differences are equally likely, and the share of those whose sum is as far from zero as the true one's says how often
 * chance alone does this. (The permutation test and the rank sum test of simple-statistics are for samples without pairs:
 * they would see the mood of the machine that each pair has shared, and not see the change for it.)
 */

/** Up to here all ways are looked at: 65,536. */
const MOST_EXACT = 16;
/** Of more, so many, by random numbers that are the same every time: the same values get the same verdict. */
const TRIES = 50_000;
/** Sums of the same values in another order differ in the last digits. */
const ROUNDING = 1 - 1e-9;

/** 0 … 1, two-sided. With n differences it is never below 2 / 2ⁿ. */
export function chanceOf(differences: readonly number[]): number {
  const count = differences.length;
  const sumOf = (isNegative: (index: number) => boolean) =>
    Math.abs(differences.reduce((sum, value, index) => sum + (isNegative(index) ? -value : value), 0));
  const limit = sumOf(() => false) * ROUNDING;
  let asFar = 0;
  if (count <= MOST_EXACT) {
    const ways = 2 ** count;
    for (let signs = 0; signs < ways; signs++)
      if (sumOf((index) => ((signs >> index) & 1) === 1) >= limit) asFar++;
    return asFar / ways;
  }
  const random = seeded();
  for (let i = 0; i < TRIES; i++) if (sumOf(() => random() < 0.5) >= limit) asFar++;
  // The true signs are one more way.
  return (asFar + 1) / (TRIES + 1);
}

function seeded(): () => number {
  let x = 88172645;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}
