import type { Implementation, Job, Sample } from './contract.js';

/** The implementation that a job is about, in the form it asks for. */
export async function loadSample(job: Job): Promise<Sample> {
  const { default: implementation }: { default: Implementation } = await import(job.module);
  const sample = typeof implementation === 'function' ? implementation : implementation[job.form ?? ''];
  if (sample === undefined) throw new Error(`${job.module} has no form '${job.form}'`);
  return sample;
}
