import { spawn } from 'node:child_process';
import { worker } from './build.js';
import type { Job, Report } from './contract.js';

/** A sample of the slowest pair takes seconds; a process that takes minutes is stuck. */
const PATIENCE_MS = 300_000;

export type Outcome = { readonly report: Report } | { readonly failure: string };

/** One fresh process for one job. Never rejects: a system that fails is a finding like any other. */
export function measureInProcess(node: string, nodeFlags: readonly string[], job: Job): Promise<Outcome> {
  const flags = job.measure === 'heap' ? ['--expose-gc'] : [];
  const child = spawn(node, [...nodeFlags, ...flags, worker, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // redux-saga and others check their arguments unless they are told that this is production.
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ failure: error.message }));
    child.on('close', (code, signal) => {
      if (code === 0 && output !== '') resolve({ report: JSON.parse(output) as Report });
      else if (code === 0) resolve({ failure: 'ended without finishing its work' });
      // Node's code for "the event loop ran dry while the top level still waited".
      else if (code === 13) resolve({ failure: 'stuck: nothing left to wait for' });
      else resolve({ failure: firstError(errors) ?? `ended with ${signal ?? `code ${code}`}` });
    });
  });
}

/** The line that says most, or else the first one. */
function firstError(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^(\w*Error|Uncaught)|heap out of memory/.test(line.trim())) ?? lines[0];
}
