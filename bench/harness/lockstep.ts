/**
 * Processes measured in lockstep: each is fresh, has one system, and takes one sample when it is its turn, while the
 * others are blocked.
 *
 * Why: the neighbours of a virtual machine slow code by up to half and more, in phases of a second or so, and not all
 * code alike. Of two processes that run one after the other each gets its own mixture of phases; a ratio of them is
 * wrong by as much as the phases differ. Two samples of 60 ms that follow each other mostly lie in the same phase, and so
 * their ratio holds. The median of such ratios passes over those pairs of samples between which a phase began or ended.
 */
import type { Job } from './contract.js';
import type { Outcome } from './dialogue.js';
import type { Opener, Session } from './session.js';

/** Slow systems have had their share of phases after this time, and need no more than the fewest samples. */
const LONG_ENOUGH_MS = 4_000;

/** Their one sample is taken before the runner can ask for it. */
const SINGLE: ReadonlySet<string> = new Set(['import', 'bundle']);

/** One of the processes, until it fails. */
class Partner {
  outcome: Outcome | undefined;
  private session: Session | undefined;
  private readonly open: () => Session;

  constructor(open: () => Session) {
    this.open = open;
  }

  start(): Promise<void> {
    return this.step(async () => {
      this.session = this.open();
      await this.session.ready();
    });
  }

  sample(): Promise<void> {
    return this.step(async () => {
      await this.session?.sample();
    });
  }

  finish(): Promise<void> {
    return this.step(async () => {
      const report = await this.session?.finish();
      if (report !== undefined) this.outcome = { report };
    });
  }

  async leave(reason: string): Promise<void> {
    this.outcome ??= { failure: reason };
    await this.session?.kill();
  }

  /** Does nothing when it is out. */
  private async step(work: () => Promise<void>): Promise<void> {
    if (this.outcome !== undefined) return;
    try {
      await work();
    } catch (error) {
      await this.leave(error instanceof Error ? error.message : String(error));
    }
  }
}

/**
 * Measures the first job, and the second beside it; the samples of both are as many, and those of one number were taken
 * next to each other. Turns alternate in who comes first, beginning with the second one if `isTurned`. Never rejects.
 *
 * If the first one fails the other is given up, and has no outcome. If the other one fails the first goes on alone.
 */
export async function measureTogether(
  open: Opener,
  [job, other]: readonly [own: Job, beside?: Job | undefined],
  isTurned = false,
): Promise<[own: Outcome, beside: Outcome | undefined]> {
  const own = new Partner(() => open(job));
  const beside = other === undefined ? undefined : new Partner(() => open(other));
  const both = beside === undefined ? [own] : [own, beside];
  const order = isTurned ? both.toReversed() : both;
  const turn = async (partners: readonly Partner[], step: (partner: Partner) => Promise<void>) => {
    for (const partner of partners)
      if (own.outcome === undefined || 'report' in own.outcome) await step(partner);
  };

  await turn(order, (partner) => partner.start());
  const began = performance.now();
  const samples = SINGLE.has(job.measure) ? 1 : job.samples;
  for (let sample = 0; sample < samples && own.outcome === undefined; sample++) {
    if (sample >= job.fewest && performance.now() - began > LONG_ENOUGH_MS) break;
    await turn(sample % 2 === 0 ? order : order.toReversed(), (partner) => partner.sample());
  }
  await turn(order, (partner) => partner.finish());

  const outcome = own.outcome ?? { failure: 'no outcome' };
  if ('report' in outcome) return [outcome, beside?.outcome];
  // Whoever has failed by itself keeps its own reason.
  const besideFailed =
    beside?.outcome !== undefined && 'failure' in beside.outcome ? beside.outcome : undefined;
  await beside?.leave('given up: the process beside it failed');
  return [outcome, besideFailed];
}
