/** `treadle trace FILE -o out.json`: runs a program and draws what its tasks did, for ui.perfetto.dev. */
import type { Command } from 'commander';
import { openProgram, runProgram } from '../load-program.js';
import { TraceFile } from '../trace-file.js';

interface Options {
  readonly output: string;
  readonly hostClock?: true;
  readonly waits: boolean;
}

export function addTraceCommand(treadle: Command): void {
  treadle
    .command('trace')
    .summary('run a program and write a trace for ui.perfetto.dev')
    .description(
      'Runs FILE as the command run does, and writes a trace that ui.perfetto.dev (or chrome://tracing) opens: a ' +
        'track for each task, a slice for each step and each wait, and arrows for who spawned, woke and cancelled whom.',
    )
    .argument('<file>', 'the program')
    .argument('[args...]', 'arguments of the program; those with a dash come behind --')
    .option('-o, --output <path>', 'where the trace goes', 'trace.json')
    .option(
      '--host-clock',
      'real time, also for runs on the virtual clock, whose steps take none on their own',
    )
    .option('--no-waits', 'draw the steps only')
    .action(async (file: string, args: string[], options: Options) => {
      const program = await openProgram(file, args);
      const output = TraceFile.open(options.output);
      const { chromeTrace } = await program.treadle.debug();
      const trace = chromeTrace({
        write: (text) => output.write(text),
        clock: options.hostClock ? 'host' : 'run',
        waits: options.waits,
      });
      output.closeAtExit(() => trace.finish());
      await runProgram(program, { instruments: () => [trace] });
    });
}
