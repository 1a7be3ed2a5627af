/** A whole session of `treadle debug`: a script on its standard input, and the transcript that comes of it. */
import { join } from 'node:path';
import { type Project, Started } from './command.js';

export interface Transcript {
  readonly code: number;
  /** Standard output, with times of the real clock as '# ms'. */
  readonly text: string;
  readonly stderr: string;
  /**
   * What came after each command, by its place in the script, without what comes when the debugger is left; the first
   * is what came before all.
   */
  readonly answers: readonly string[];
}

const LEAVING = /\n.*: cancelled, for the debugger is left\n[\s\S]*$/;
const PROMPT = '(treadle) ';

/** @param args behind `treadle debug`. */
export async function debugSession(
  project: Project,
  args: readonly string[],
  script: readonly string[],
): Promise<Transcript> {
  const command = join(project.folder, 'node_modules/treadle/dist/cli/main.js');
  const input = script.map((line) => `${line}\n`).join('');
  const session = new Started(process.execPath, [command, 'debug', ...args], project.folder, input);
  const { code, stdout: text, stderr } = await session.endsInTime();
  const answers = text
    .replace(LEAVING, '')
    .split(`\n${PROMPT}`)
    .map((part, at) => (at === 0 ? part : part.replace(/^.*\n?/, '')));
  return { code, text, stderr, answers: answers.map((answer) => answer.trimEnd()) };
}

/** With the times of the real clock left out. */
export function timeless(text: string): string {
  return text.replace(/\b\d+(\.\d+)? ms/g, '# ms');
}
