/**
 * What the runner and a measuring process say to each other. The runner writes single letters to the process's standard
 * input; the process answers with lines of JSON on its file descriptor 3, for Node and the program itself may print what
 * they like.
 *
 *   process           runner
 *   {"ready":true}                      cold run and warm-up are over
 *                     s                 one sample, please
 *   {"sample":61.3}
 *                     …
 *                     f                 that was all
 *   {"report":{…}}                      and it ends
 *
 * Instead of any answer there may come a `failure`, after which the process ends too. It also ends when its standard
 * input does, that is, when the runner is gone.
 */
import type { Report } from './contract.js';

export const SAMPLE = 's';
export const FINISH = 'f';

/** The last answer: what a process has found, or why it has found nothing. */
export type Outcome = { readonly report: Report } | { readonly failure: string };

export type Answer = { readonly ready: true } | { readonly sample: number } | Outcome;
