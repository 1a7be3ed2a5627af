/** `treadle record FILE -o out.jsonl`: runs a program and keeps what came into it, for `treadle replay`. */
import type { Command } from 'commander';
import { openProgram, runProgram } from '../load-program.js';
import { TraceFile } from '../trace-file.js';

export function addRecordCommand(treadle: Command): void {
  treadle
    .command('record')
    .summary('run a program and record what comes into it from outside')
    .description(
      'Runs FILE as the command run does, and writes down what comes into its runs from outside: the ends of foreign ' +
        'waits with their values, the clock, random numbers, cancellations. treadle replay takes the program through ' +
        'the same steps again, without the I/O. What the recording has, it has as text, secrets included.',
    )
    .argument('<file>', 'the program')
    .argument('[args...]', 'arguments of the program; those with a dash come behind --')
    .option('-o, --output <path>', 'where the recording goes', 'recording.jsonl')
    .action(async (file: string, args: string[], { output: path }: { readonly output: string }) => {
      const program = await openProgram(file, args);
      const { RunRecorder } = await program.treadle.debug();
      const output = TraceFile.open(path, 'recording');
      const recorder = new RunRecorder({
        file: program.file,
        ownsProcess: true,
        write(text) {
          output.write(text);
          output.flush(); // a crash is to leave all that came before it
        },
      });
      output.closeAtExit(() => recorder.finish());
      await runProgram(program, recorder);
    });
}
