/** What every task does, printed when the process is sent a signal: `kill -USR2 PID`. */

import { describe } from '../../base/durations.js';
import { checkOptions } from '../../base/options.js';
import { builtin } from '../builtin.js';
import { showsColors } from '../paint.js';
import { formatTasks } from './format-tasks.js';
import { inspectTasks } from './inspect-tasks.js';
import type { InspectOptions } from './inspection.js';

export interface DumpOptions extends InspectOptions {
  /** Default: whether stderr is a terminal that shows colours. */
  readonly color?: boolean;
  /** Takes the text; default: writes it to stderr. */
  readonly print?: (text: string) => void;
}

/** The signals that Node keeps for itself, or that no handler gets. */
const RESERVED: Readonly<Record<string, string>> = {
  SIGUSR1: 'Node starts its inspector on it',
  SIGKILL: 'it cannot be handled',
  SIGSTOP: 'it cannot be handled',
};

/**
 * Prints all tasks, as `formatTasks` shows them, each time the process gets the signal. The program goes on. Does not
 * keep the process alive.
 *
 * @param signal Default 'SIGUSR2'.
 * @returns what takes the handler away.
 * @throws TypeError if it is no name of a signal, or one that cannot be used.
 * @throws Error where there are no signals: outside of Node.
 * @example
 *     installDumpSignal();                    // then, from a shell: kill -USR2 PID
 */
export function installDumpSignal(signal: NodeJS.Signals = 'SIGUSR2', options: DumpOptions = {}): Disposable {
  const why = RESERVED[signal];
  if (why !== undefined) {
    throw new TypeError(`installDumpSignal() cannot use ${signal}: ${why}; use SIGUSR2, its default`);
  }
  const signals = builtin('node:os')?.constants.signals;
  if (signals !== undefined && !Object.hasOwn(signals, signal)) {
    throw new TypeError(
      `installDumpSignal(signal) takes the name of a signal of this system, such as 'SIGUSR2', not ${describe(signal)}`,
    );
  }
  checkOptions(options, 'installDumpSignal(signal, options)');
  if (typeof process !== 'object' || typeof process.on !== 'function') {
    throw new Error('installDumpSignal() needs the signals of Node, which this runtime does not have');
  }
  const { print = toStderr, color = showsColors(process.stderr), ...inspectOptions } = options;
  const onSignal = (): void => {
    const time = new Date().toISOString();
    print(`${time} ${signal}, process ${process.pid}\n${dump(inspectOptions, color)}`);
  };
  process.on(signal, onSignal);
  return {
    [Symbol.dispose]() {
      process.off(signal, onSignal);
    },
  };
}

function toStderr(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A program that is looked at must not fail because of that. */
function dump(options: InspectOptions, color: boolean): string {
  try {
    const { locals = true } = options;
    return formatTasks(inspectTasks(undefined, options), { color, locals: locals !== false });
  } catch (error) {
    return `the tasks cannot be shown: ${error instanceof Error ? error.stack : error}`;
  }
}
