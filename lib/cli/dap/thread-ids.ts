/**
 * The numbers of threads: those of their tasks, as long as there is one run. Tasks of further runs are counted from
 * higher bases on, for each run counts its own from 1.
 */
const STRIDE = 10_000_000;

/** What is added to the ids of the tasks of the run at this place among the runs. */
export function baseAt(place: number): number {
  return place * STRIDE;
}

/** The base of the run to which the task of a thread belongs. */
export function baseOf(threadId: number): number {
  return Math.floor(threadId / STRIDE) * STRIDE;
}

/** The lowest base that no live run has. */
export function freeBase(runs: readonly { readonly base: number }[]): number {
  let place = 0;
  while (runs.some(({ base }) => base === baseAt(place))) place++;
  return baseAt(place);
}
