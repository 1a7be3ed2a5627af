/**
 * Programs in other languages, `references/`: no opponents, for their runtimes differ in everything, but they give the
 * figures a scale. Each is measured where the machine has what it needs, and skipped with a note where not.
 *
 *   program CODE N DEPTH RUNS MEASURE    prints {"checksum": …, "runs": [cold, …]}, nanoseconds or bytes a run
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bench, outputDirectory } from './build.js';
import type { Job, Params, Workload } from './contract.js';
import { type Outcome, runProcess } from './process.js';

const directory = join(bench, 'references');

/** All that goes through tasks and channels; what is special about hosts and packages has no counterpart. */
const MOST = new Set([
  'switch',
  'switch100',
  'spawn',
  'spawn-join',
  'skynet',
  'ping-pong',
  'pipeline',
  'ring',
  'deep',
  'deepcall',
  'timers',
  'timeout',
  'cancel',
  'memory',
]);

/** Bare coroutines have neither timers nor cancellation. */
const BARE = new Set(['switch', 'switch100', 'spawn', 'skynet', 'ring', 'deep', 'deepcall']);

/** Chains of calls that a stack can take. */
const DEEPEST = 1_000;
/** A run of an interpreted language takes ten times as long: it gets a tenth of the work, or less. */
const PYTHON_SHARE = 10;
const PYTHON_SHARE_LARGE = 100;
const LARGE = 200_001;
/** In a single round. */
const RUNS = 10;

interface Reference {
  readonly name: string;
  readonly codes: ReadonlySet<string>;
  readonly isSlow: boolean;
  /** How it is started; may build it first. Throws what is missing. */
  prepare(): Promise<readonly string[]>;
}

async function need(command: string, args: readonly string[]): Promise<void> {
  const { failure } = await runProcess(command, args);
  if (failure !== undefined) throw new Error(failure);
}

function python(name: string): Reference {
  return {
    name,
    codes: MOST,
    isSlow: true,
    async prepare() {
      const command = process.env['PYTHON'] || 'python3';
      await need(command, ['-c', `import ${name}; import asyncio; asyncio.timeout`]);
      return [command, join(directory, 'structured.py'), name];
    },
  };
}

const references: readonly Reference[] = [
  python('asyncio'),
  python('anyio'),
  python('trio'),
  {
    name: 'go',
    codes: MOST,
    isSlow: false,
    async prepare() {
      const program = join(outputDirectory, 'goroutines');
      await mkdir(outputDirectory, { recursive: true });
      await need('go', ['build', '-o', program, join(directory, 'goroutines.go')]);
      return [program];
    },
  },
  {
    name: 'luajit',
    codes: BARE,
    isSlow: false,
    async prepare() {
      await need('luajit', ['-v']);
      return ['luajit', join(directory, 'coroutines.lua')];
    },
  },
];

const commands = new Map<string, readonly string[]>();

/** Finds out which of these the machine has; the others are named, with the reason. */
export async function prepareReferences(names: ReadonlySet<string>): Promise<string[]> {
  const missing: string[] = [];
  for (const reference of references) {
    if (!names.has(reference.name)) continue;
    try {
      commands.set(reference.name, await reference.prepare());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      missing.push(`${reference.name} was not measured: ${reason}`);
    }
  }
  return missing;
}

export function isReference(system: string): boolean {
  return references.some(({ name }) => name === system);
}

export function isPrepared(system: string): boolean {
  return commands.has(system);
}

export function referencesFor({ code, size }: Workload): string[] {
  return references.filter(({ codes }) => codes.has(code) && size.depth <= DEEPEST).map(({ name }) => name);
}

export function referenceSize(system: string, { n, depth }: Params): Params {
  const isSlow = references.some(({ name, isSlow }) => name === system && isSlow);
  if (!isSlow) return { n, depth };
  return { n: n / (n < LARGE ? PYTHON_SHARE : PYTHON_SHARE_LARGE), depth };
}

/** The counterpart of `measureInProcess`. */
export async function measureReference(system: string, job: Job): Promise<Outcome> {
  const [command, ...args] = commands.get(system) ?? [];
  if (command === undefined) return { failure: 'this machine lacks what it takes' };
  const { code, params, samples, measure, operations } = job;
  const settings = [params.n, params.depth, samples === 0 ? 0 : RUNS].map(String);
  const ended = await runProcess(command, [...args, code, ...settings, measure]);
  if (ended.failure !== undefined) return { failure: ended.failure };
  const { checksum, runs } = JSON.parse(ended.output) as { checksum: number; runs: number[] };
  if ((checksum | 0) !== job.checksum) return { failure: `checksum ${checksum}, expected ${job.checksum}` };
  const [cold = Number.NaN, ...rest] = runs.map((run) => run / operations);
  return { report: { cold, samples: rest, calibration: [] } };
}
