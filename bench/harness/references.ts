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
import type { Outcome } from './dialogue.js';
import { runProcess } from './process.js';

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
  /** May build it first. Throws what is missing. */
  prepare(): Promise<Prepared>;
}

interface Prepared {
  /** How it is started. */
  readonly command: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

/** Gives what it prints. */
async function need(command: string, args: readonly string[]): Promise<string> {
  const { output, failure } = await runProcess(command, args);
  if (failure !== undefined) throw new Error(failure);
  return output.trim();
}

function python(name: string): Reference {
  return {
    name,
    codes: MOST,
    isSlow: true,
    async prepare() {
      const command = process.env['PYTHON'] || 'python3';
      await need(command, ['-c', `import ${name}; import asyncio; asyncio.timeout`]);
      const version = await need(command, ['-c', 'import platform; print(platform.python_version())']);
      // Part of Python, and so of its version.
      const isBuiltIn = name === 'asyncio';
      const code = `import importlib.metadata as metadata; print(metadata.version('${name}'))`;
      return {
        command: [command, join(directory, 'structured.py'), name],
        versions: { Python: version, ...(isBuiltIn ? {} : { [name]: await need(command, ['-c', code]) }) },
      };
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
      return { command: [program], versions: { Go: await need('go', ['env', 'GOVERSION']) } };
    },
  },
  {
    name: 'luajit',
    codes: BARE,
    isSlow: false,
    async prepare() {
      const [, version = ''] = (await need('luajit', ['-v'])).split(' ');
      return { command: ['luajit', join(directory, 'coroutines.lua')], versions: { LuaJIT: version } };
    },
  },
];

const ready = new Map<string, Prepared>();

/** Finds out which of these the machine has; the others are named, with the reason. */
export async function prepareReferences(names: ReadonlySet<string>): Promise<string[]> {
  const missing: string[] = [];
  for (const reference of references) {
    if (!names.has(reference.name)) continue;
    try {
      ready.set(reference.name, await reference.prepare());
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
  return ready.has(system);
}

/** Of those that are prepared. */
export function referenceVersions(): Readonly<Record<string, string>> {
  return Object.assign({}, ...[...ready.values()].map(({ versions }) => versions));
}

export function referencesFor({ code, size }: Workload): string[] {
  return references.filter(({ codes }) => codes.has(code) && size.depth <= DEEPEST).map(({ name }) => name);
}

export function referenceSize(system: string, { n, depth }: Params): Params {
  const isSlow = references.some(({ name, isSlow }) => name === system && isSlow);
  if (!isSlow) return { n, depth };
  return { n: n / (n < LARGE ? PYTHON_SHARE : PYTHON_SHARE_LARGE), depth };
}

/** The counterpart of `measureTogether`, for one. */
export async function measureReference(system: string, job: Job): Promise<Outcome> {
  const [command, ...args] = ready.get(system)?.command ?? [];
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
