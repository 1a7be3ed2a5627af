import { execFile } from 'node:child_process';
import os from 'node:os';
import { root } from './build.js';
import type { Options } from './options.js';
import type { Environment } from './results.js';

function output(command: string, args: readonly string[], cwd = root): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd }, (error, text) =>
      resolve(error ? `unknown (${error.message.split('\n')[0]})` : text.trim()),
    );
  });
}

/** The commit measured, with a `+` if the working tree differs from it. */
async function commit(): Promise<string> {
  const hash = await output('git', ['rev-parse', '--short', 'HEAD']);
  const changes = await output('git', ['status', '--porcelain', '--', 'lib']);
  return changes === '' ? hash : `${hash}+`;
}

/** Called before the measuring; what it gives is called after it. */
export async function observeEnvironment(options: Options): Promise<() => Environment> {
  const before = os.loadavg();
  const started = Date.now();
  const versions = await output(options.node, ['-p', 'process.version + " " + process.versions.v8']);
  const [node = 'unknown', v8 = 'unknown'] = versions.split(' ');
  const measured = await commit();
  return () => ({
    date: new Date(started).toISOString(),
    node,
    v8,
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
