/** `treadle debug FILE`: steps a program by hand, in the terminal. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { showsColors } from '../../debug/paint.js';
import { InputError } from '../input-error.js';

interface Options {
  readonly backend?: 'virtual' | 'node';
  readonly commands?: string;
  readonly break: readonly string[];
  readonly color: boolean;
  readonly history?: string;
}

const MORE = `
The first run stands before its first step; help lists the commands of the debugger. Commands come from a terminal,
or from a pipe or file on the standard input, a line each; at its end the debugger leaves. The program itself
gets no standard input: process.stdin is at its end. Its own output is marked: "│ " its standard output, "! " its standard error.

Exit codes:
  0        the debugger was left, or the program has come to a good end
  2        bad input: a sentence says why
  others   those of the program, when it has failed
`;

export function addDebugCommand(treadle: Command): void {
  treadle
    .command('debug')
    .summary('step a program by hand, from yield to yield, also backwards')
    .description(
      'Runs FILE under a stepper: each coroutine is resumed when you say so. A file that exports main (or a default ' +
        'generator function) is stepped on the virtual clock, where going back is possible, and sleeping takes no ' +
        'time; one that calls run() or main() itself, on the backends that it names, unless --backend says otherwise.',
    )
    .argument('<file>', 'the program')
    .argument('[args...]', 'arguments of the program; those with a dash come behind --')
    .addOption(
      new Option('--backend <name>', 'the backend of all runs: with virtual they can go back').choices([
        'virtual',
        'node',
      ]),
    )
    .option('-x, --commands <path>', 'a file of commands, to be carried out first')
    .option(
      '-b, --break <breakpoint>',
      'a breakpoint, as the command break takes it; may be repeated',
      collect,
      [],
    )
    .option('--no-color', 'no colours; NO_COLOR in the environment means the same')
    .addOption(new Option('--history <path>', 'remember what was typed, in this file').env('TREADLE_HISTORY'))
    .addHelpText('after', MORE)
    .action(async (file: string, args: string[], options: Options) => {
      const { Debugger } = await import('../terminal/debugger.js');
      const { backend, commands, color, history } = options;
      const code = await Debugger.run({
        file,
        args,
        backend,
        breakpoints: options.break,
        commands: commands === undefined ? undefined : readCommands(commands),
        color: color && showsColors(process.stdout),
        historyFile: history,
      });
      process.exit(code); // whatever the program has left open
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  if (value.trim() === '')
    throw new InvalidArgumentError('A breakpoint is a line, a function, or a condition.');
  return [...before, value];
}

function readCommands(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError(`the file of commands cannot be read: ${(error as Error).message}`);
  }
}
