/** The command line: which commands there are, and what becomes of errors. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { formatErrorTree } from '../base/error-tree.js';
import { addDapCommand } from './commands/dap.js';
import { addDebugCommand } from './commands/debug.js';
import { addPsCommand } from './commands/ps.js';
import { addPstreeCommand } from './commands/pstree.js';
import { addRecordCommand } from './commands/record.js';
import { addReplayCommand } from './commands/replay.js';
import { addRunCommand } from './commands/run.js';
import { addTraceCommand } from './commands/trace.js';
import { BAD_INPUT, InputError } from './input-error.js';
import { PACKAGE } from './own-file.js';

/** Each adds one command. */
const COMMANDS: readonly ((treadle: Command) => void)[] = [
  addRunCommand,
  addDebugCommand,
  addTraceCommand,
  addRecordCommand,
  addReplayCommand,
  addDapCommand,
  addPsCommand,
  addPstreeCommand,
];

const MORE = `
Exit codes:
  2        bad input: what was asked for cannot be done, and a sentence says why
  others   those of the program that was run
`;

function commandLine(): Command {
  const treadle = new Command('treadle')
    .description('Runs programs written with Treadle, and looks into them.')
    .version(version(), '--version', 'print the version of Treadle')
    .enablePositionalOptions()
    .showHelpAfterError('(treadle --help tells more)')
    .addHelpText('after', MORE)
    .exitOverride();
  for (const add of COMMANDS) add(treadle);
  for (const command of treadle.commands)
    command.exitOverride().showHelpAfterError(`(treadle ${command.name()} --help tells more)`);
  return treadle;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string };
  return version;
}

/** Does what the arguments say. Errors end up on stderr and in the exit code, and nothing is thrown. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await commandLine().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : BAD_INPUT;
    // A program that does not load to its end may have begun a server: that does not keep the process.
    else if (error instanceof InputError) {
      console.error(`treadle: ${error.message}`);
      process.exit(BAD_INPUT);
    } else {
      console.error(formatErrorTree(error));
      process.exit(1);
    }
  }
}
