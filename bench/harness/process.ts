import { type SpawnOptions, spawn } from 'node:child_process';
import { worker } from './build.js';
import type { Job, Report } from './contract.js';

/** A sample of the slowest pair takes seconds; a process that takes minutes is stuck. */
const PATIENCE_MS = 300_000;

export type Outcome = { readonly report: Report } | { readonly failure: string };

interface Ended {
  readonly output: string;
  /** Why it is no success; undefined if it is one. */
  readonly failure: string | undefined;
}

/** Runs a program to its end. Never rejects: a system that fails is a finding like any other. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Ended> {
  const child = spawn(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ output, failure: error.message }));
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ output, failure: undefined });
      // Node's code for "the event loop ran dry while the top level still waited".
      else if (code === 13) resolve({ output, failure: 'stuck: nothing left to wait for' });
      else resolve({ output, failure: firstError(errors) ?? `ended with ${signal ?? `code ${code}`}` });
    });
  });
}

/**
 * One fresh process for these jobs: a single one, or several whose times do not matter. If the process dies over one
 * of them, the others get a new one.
 */
export async function measureInProcess(
  node: string,
  nodeFlags: readonly string[],
  jobs: readonly Job[],
): Promise<Outcome[]> {
  const flags = jobs.some(({ measure }) => measure === 'heap') ? ['--expose-gc'] : [];
  const ended = await runProcess(node, [...nodeFlags, ...flags, worker, JSON.stringify(jobs)], {
    // redux-saga and others check their arguments unless they are told that this is production.
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
  });
  const lines = ended.output.split('\n').filter((line) => line !== '');
  const outcomes = lines.map((line) => JSON.parse(line) as Outcome);
  if (outcomes.length >= jobs.length) return outcomes;
  outcomes.push({ failure: ended.failure ?? 'ended without finishing its work' });
  const rest = jobs.slice(outcomes.length);
  return rest.length === 0 ? outcomes : [...outcomes, ...(await measureInProcess(node, nodeFlags, rest))];
}

/** The line that says most, or else the first one. */
function firstError(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /(\w*Error|Uncaught)\b|heap out of memory/.test(line.trim())) ?? lines[0];
}
