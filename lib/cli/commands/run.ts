/** `treadle run FILE [args…]`: runs a program. */
import type { Command } from 'commander';
import { openProgram, runProgram } from '../load-program.js';

export function addRunCommand(treadle: Command): void {
  treadle
    .command('run')
    .summary('run a TypeScript or JavaScript program')
    .description(
      'Runs FILE: what it exports as main, or as a default generator function, or the file itself if it calls run() ' +
        'or main(). TypeScript needs tsx in the project, or Node 22.18 or newer. The exit code is that of the program.',
    )
    .argument('<file>', 'the program')
    .argument('[args...]', 'arguments of the program: its process.argv from 2 on')
    .passThroughOptions()
    .action(async (file: string, args: string[]) => {
      await runProgram(await openProgram(file, args));
    });
}
