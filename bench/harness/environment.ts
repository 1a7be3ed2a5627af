import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { bench, root } from './build.js';
import type { Options } from './options.js';
import type { Environment } from './results.js';

function output(command: string, args: readonly string[], cwd = root): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd }, (error, text) => resolve(error ? 'unknown' : text.trim()));
  });
}

/** The commit measured, with a `+` if the working tree differs from it. */
async function commit(): Promise<string> {
  const hash = await output('git', ['rev-parse', '--short', 'HEAD']);
  const changes = await output('git', ['status', '--porcelain', '--', 'lib']);
  return changes === '' ? hash : `${hash}+`;
}

async function packageIn(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

/** What the benchmarks depend on, as it is installed. */
async function peerVersions(): Promise<Record<string, string>> {
  const { dependencies } = await packageIn(bench);
  const versions: Record<string, string> = {};
  for (const name of Object.keys(dependencies as object)) {
    versions[name] = String((await packageIn(join(bench, 'node_modules', name)))['version']);
  }
  return versions;
}

/** Called before the measuring; what it gives is called after it. */
export async function observeEnvironment(
  options: Options,
  others: Readonly<Record<string, string>> = {},
): Promise<() => Environment> {
  const before = os.loadavg();
  const started = Date.now();
  const versions = await output(options.node, ['-p', 'process.version + " " + process.versions.v8']);
  const [node = 'unknown', v8 = 'unknown'] = versions.split(' ');
  const measured = await commit();
  const peers = await peerVersions();
  return () => ({
    date: new Date(started).toISOString(),
    node,
    v8,
    versions: { ...peers, ...others },
    platform: `${process.platform} ${process.arch}`,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    memory: os.totalmem(),
    load: [before, os.loadavg()],
    commit: measured,
    minutes: (Date.now() - started) / 60_000,
    rounds: options.rounds,
    clock: options.clock,
    nodeFlags: options.nodeFlags,
  });
}
