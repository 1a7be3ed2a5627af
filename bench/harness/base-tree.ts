import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './build.js';
import { Complaint } from './complaint.js';

const execute = promisify(execFile);

/** The state in a temporary folder, out of git's archive: the repository is left alone. */
export async function checkOut(commit: string): Promise<string> {
  const directory = await mkdtemp(join(os.tmpdir(), 'treadle-bench-'));
  const archive = join(directory, 'base.tar');
  try {
    await execute('git', ['archive', '--output', archive, commit, 'lib', 'tsconfig.json'], { cwd: root });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw new Complaint(`BASE must be a commit of this repository that has lib/, not '${commit}'`, {
      cause: error,
    });
  }
  await execute('tar', ['-xf', archive, '-C', directory]);
  return directory;
}
