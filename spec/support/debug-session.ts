/** A whole session of `treadle debug`: a script on its standard input, and the transcript that comes of it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Project } from './command.js';

export interface Transcript {
  readonly code: number | null;
  /** Standard output, with times of the real clock as '# ms'. */
  readonly text: string;
  readonly stderr: string;
  /**
   * What came after each command, by its place in the script, without what comes when the debugger is left; the first
   * is what came before all.
   */
  readonly answers: readonly string[];
}

/** Milliseconds after which a session that hangs is killed. */
const PATIENCE = 50_000;
const LEAVING = /\n.*: cancelled, for the debugger is left\n[\s\S]*$/;
const PROMPT = '(treadle) ';

/** @param args behind `treadle debug`. */
export function debugSession(
  project: Project,
  args: readonly string[],
  script: readonly string[],
): Promise<Transcript> {
  const command = join(project.folder, 'node_modules/treadle/dist/cli/main.js');
  const { NODE_OPTIONS: _none, NODE_V8_COVERAGE: _no, FORCE_COLOR: _never, ...env } = process.env;
  const child = spawn(process.execPath, [command, 'debug', ...args], {
    cwd: project.folder,
    env,
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
  let text = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(script.map((line) => `${line}\n`).join(''));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const answers = text
        .replace(LEAVING, '')
        .split(`\n${PROMPT}`)
        .map((part, at) => (at === 0 ? part : part.replace(/^.*\n?/, '')));
      resolve({ code, text, stderr, answers: answers.map((answer) => answer.trimEnd()) });
    });
  });
}

/** With the times of the real clock left out. */
export function timeless(text: string): string {
  return text.replace(/\b\d+(\.\d+)? ms/g, '# ms');
}
