/** One round of one pair, added to what there is about it. */
import { worker } from './build.js';
import type { CoupleReport } from './contract.js';
import { measureTogether } from './lockstep.js';
import type { Options } from './options.js';
import { companionOf, type Pair } from './pairs.js';
import { isReference, measureReference } from './references.js';
import { sessions } from './session.js';
import { mergeReports } from './statistics.js';

/**
 * Of `companion` a fresh process runs beside; its report goes into the pair's. If that fails it is the companion's
 * failure, and the pair has been measured alone.
 */
export async function measureBeside(
  pair: Pair,
  companion: Pair | undefined,
  options: Options,
): Promise<void> {
  const open = sessions(options.node, options.nodeFlags, worker);
  const isTurned = pair.reports.length % 2 === 1;
  const [own, beside] = await measureTogether(open, [pair.job, companion?.job], isTurned);
  if ('failure' in own) pair.failure = own.failure;
  else pair.reports.push(reportOf(own.report, beside));
  if (companion !== undefined && beside !== undefined && 'failure' in beside)
    companion.failure = beside.failure;
}

function reportOf(
  report: CoupleReport,
  beside: Awaited<ReturnType<typeof measureTogether>>[1],
): CoupleReport {
  return beside !== undefined && 'report' in beside ? { ...report, beside: beside.report } : report;
}

/** A package can be imported for the first time once a process: a round takes several. */
async function measureImport(pair: Pair, options: Options): Promise<void> {
  const processes = pair.job.fewest;
  for (let i = 0; i < processes && pair.failure === undefined; i++) {
    await measureBeside(pair, undefined, options);
  }
  if (pair.failure === undefined) pair.reports.push(mergeReports(pair.reports.splice(-processes)));
}

async function measureOnce(pair: Pair, pairs: readonly Pair[], options: Options): Promise<void> {
  const { job, system } = pair;
  if (isReference(system)) {
    const outcome = await measureReference(system, job);
    if ('report' in outcome) pair.reports.push(outcome.report);
    else pair.failure = outcome.failure;
  } else if (job.measure === 'import') await measureImport(pair, options);
  else await measureBeside(pair, companionOf(pair, pairs), options);
}

/** A pair that fails is recorded and has no further rounds; the others go on. `pairs` are all there are. */
export async function measurePair(pair: Pair, pairs: readonly Pair[], options: Options): Promise<void> {
  if (pair.failure !== undefined) return;
  try {
    await measureOnce(pair, pairs, options);
  } catch (error) {
    pair.failure = String(error);
  }
}
