/**
 * Checksums stay inside 31 bits, like the sums in the implementations: a number outside the small-integer range is
 * boxed on the heap when it lives in a generator or an async function, and the boxing would be measured too.
 */

/** 0 + 1 + … + (n - 1), in 32-bit arithmetic. */
export function sumBelow(n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + i) | 0;
  return sum;
}
