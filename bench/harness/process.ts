/** Processes that run to their end, and why they end. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { worker } from './build.js';
import type { Job } from './contract.js';
import type { Outcome } from './dialogue.js';

/** A sample of the slowest pair takes seconds; a process that takes minutes is stuck. */
export const PATIENCE_MS = 300_000;

export function stuckAfter(ms: number): string {
  return `stuck: no end after ${ms >= 60_000 ? `${ms / 60_000} minutes` : `${ms} ms`}`;
}

/** redux-saga and others check their arguments unless they are told that this is production. */
export function measuringEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' };
}

interface Ended {
  readonly output: string;
  /** What it has written to its file descriptor 3, which nobody writes to but who means it. */
  readonly answers: string;
  /** Why it is no success; undefined if it is one. */
  readonly failure: string | undefined;
}

/** What comes out of one of its streams, as it grows. */
export function collect(stream: ChildProcess['stdio'][number] | undefined): () => string {
  let text = '';
  (stream as Readable | null | undefined)?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** Why a process that has ended is no success; undefined if it is one. */
export function failureOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  errors: string,
): string | undefined {
  if (code === 0) return undefined;
  // Node's code for "the event loop ran dry while the top level still waited".
  if (code === 13) return 'stuck: nothing left to wait for';
  return firstError(errors) ?? `ended with ${signal ?? `code ${code}`}`;
}

/** Runs a program to its end. Never rejects: a system that fails is a finding like any other. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Ended> {
  const ended = new Promise<Ended>((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    const [output, errors, answers] = [1, 2, 3].map((fd) => collect(child.stdio[fd])) as [
      () => string,
      () => string,
      () => string,
    ];
    const settle = (failure: string | undefined) => {
      clearTimeout(timer);
      resolve({ output: output(), answers: answers(), failure });
    };
    // Our own: Node's `timeout` goes on after an error such as "no such program", and holds the runner up.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      settle(stuckAfter(PATIENCE_MS));
    }, PATIENCE_MS);
    child.on('error', (error) => settle(error.message));
    child.on('close', (code, signal) => settle(failureOf(code, signal, errors())));
  });
  // Some of what can be wrong with a command is thrown by `spawn` itself.
  return ended.catch((error: unknown) => ({ output: '', answers: '', failure: String(error) }));
}

/**
 * One fresh process for these jobs, whose times do not matter: they have no samples. If the process dies over one of
 * them, the others get a new one. What the program or Node prints (`--trace-gc`) does not matter: outcomes come by a
 * channel of their own.
 */
export async function checkInProcess(
  node: string,
  nodeFlags: readonly string[],
  jobs: readonly Job[],
): Promise<Outcome[]> {
  const ended = await runProcess(node, [...nodeFlags, ...flagsFor(jobs), worker, JSON.stringify(jobs)], {
    env: measuringEnvironment(),
  });
  // What follows the last line break is empty, or was cut off.
  const lines = ended.answers.split('\n').slice(0, -1);
  const outcomes = lines.map((line) => JSON.parse(line) as Outcome);
  if (outcomes.length >= jobs.length) return outcomes;
  outcomes.push({ failure: ended.failure ?? 'ended without finishing its work' });
  const rest = jobs.slice(outcomes.length);
  return rest.length === 0 ? outcomes : [...outcomes, ...(await checkInProcess(node, nodeFlags, rest))];
}

/** What Node must be told for these. */
export function flagsFor(jobs: readonly Job[]): string[] {
  return jobs.some(({ measure }) => measure === 'heap') ? ['--expose-gc'] : [];
}

/** The line that says most, or else the first one. */
function firstError(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /(\w*Error|Uncaught)\b|heap out of memory/.test(line.trim())) ?? lines[0];
}
