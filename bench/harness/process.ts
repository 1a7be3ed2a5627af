import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { worker } from './build.js';
import type { Job, Report } from './contract.js';

/** A sample of the slowest pair takes seconds; a process that takes minutes is stuck. */
const PATIENCE_MS = 300_000;

export type Outcome = { readonly report: Report } | { readonly failure: string };

interface Ended {
  readonly output: string;
  /** What it has written to its file descriptor 3, which nobody writes to but who means it. */
  readonly answers: string;
  /** Why it is no success; undefined if it is one. */
  readonly failure: string | undefined;
}

/** What comes out of one of its streams, as it grows. */
function collect(stream: ChildProcess['stdio'][number] | undefined): () => string {
  let text = '';
  (stream as Readable | null | undefined)?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
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
      settle(`stuck: no end after ${PATIENCE_MS / 60_000} minutes`);
    }, PATIENCE_MS);
    child.on('error', (error) => settle(error.message));
    child.on('close', (code, signal) => {
      if (code === 0) settle(undefined);
      // Node's code for "the event loop ran dry while the top level still waited".
      else if (code === 13) settle('stuck: nothing left to wait for');
      else settle(firstError(errors()) ?? `ended with ${signal ?? `code ${code}`}`);
    });
  });
  // Some of what can be wrong with a command is thrown by `spawn` itself.
  return ended.catch((error: unknown) => ({ output: '', answers: '', failure: String(error) }));
}

/**
 * One fresh process for these jobs: a single one, or several whose times do not matter. If the process dies over one
 * of them, the others get a new one. What the program or Node prints (`--trace-gc`) does not matter: outcomes come by a
 * channel of their own.
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
  // What follows the last line break is empty, or was cut off.
  const lines = ended.answers.split('\n').slice(0, -1);
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
