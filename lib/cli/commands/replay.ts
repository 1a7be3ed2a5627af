/** `treadle replay FILE`: takes a program through a recording of it, straight or step by step. */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { showsColors } from '../../debug/paint.js';
import { readHeader } from '../../debug/replay/read-recording.js';
import type { RunReplayer } from '../../debug/replay/run-replayer.js';
import type { RunOptions } from '../../run.js';
import { BAD_INPUT, InputError } from '../input-error.js';
import { openProgram, runProgram } from '../load-program.js';
import type { Door } from '../terminal/debugged-program.js';
import type { DebugDoor } from '../treadle-copy.js';

interface Options {
  readonly step?: true;
  readonly commands?: string;
  readonly color: boolean;
}

const MORE = `
Exit codes:
  2        the program does something else than was recorded: a message names the step; or bad input
  others   those of the program, as when it was recorded
`;

export function addReplayCommand(treadle: Command): void {
  treadle
    .command('replay')
    .summary('run a recorded program again, without its I/O')
    .description(
      'Runs the program that RECORDING was made of, with the arguments that it had then. What came into its runs from ' +
        'outside comes from the recording: nothing is fetched or waited for. The program prints what it printed then. ' +
        'With --step it stands in the debugger, which goes forwards and back.',
    )
    .argument('<recording>', 'a file that treadle record has written')
    .option('-s, --step', 'step it by hand, as treadle debug does')
    .option('-x, --commands <path>', 'with --step: a file of commands, to be carried out first')
    .option('--no-color', 'no colours; NO_COLOR in the environment means the same')
    .addHelpText('after', MORE)
    .action(async (path: string, { commands, ...options }: Options) => {
      if (commands !== undefined && !options.step) {
        throw new InputError('the option --commands is for the debugger: give --step too');
      }
      const text = read(path, 'recording');
      const script = commands === undefined ? undefined : read(commands, 'file of commands');
      const [file, ...args] = programOf(text, path);
      if (options.step) await step(text, path, [file, ...args], script, options);
      else await straight(text, path, [file, ...args]);
    });
}

/** 128 and the number of SIGINT, or of SIGTERM. */
function isOfSignal(exitCode: number | undefined): boolean {
  return exitCode === 130 || exitCode === 143;
}

type Argv = readonly [file: string, ...args: string[]];

async function straight(text: string, path: string, [file, ...args]: Argv): Promise<void> {
  const program = await openProgram(file, args);
  const { RunReplayer, readRecording } = await program.treadle.debug();
  const recording = parse(() => readRecording(text), path);
  const replayer = new RunReplayer(recording, {
    ownsProcess: true,
    onDivergence(error) {
      console.error(`treadle: ${error.message}`);
      process.exit(error.isEnd ? 0 : BAD_INPUT);
    },
  });
  warn(replayer);
  process.on('exit', () => {
    if (replayer.missing.length === 0) {
      // No signal comes at a replay; one that main() was given, and saw to in time, set the code.
      const { exitCode } = recording;
      if (Number(process.exitCode ?? 0) === 0 && isOfSignal(exitCode)) process.exitCode = exitCode;
      return;
    }
    const names = replayer.missing.map(({ name }) => name).join(', ');
    console.error(`treadle: the program has ended, and did not begin what was recorded: ${names}`);
    process.exitCode = BAD_INPUT;
  });
  await runProgram(program, replayer);
}

async function step(
  text: string,
  path: string,
  [file, ...args]: Argv,
  commands: string | undefined,
  { color }: Omit<Options, 'commands'>,
): Promise<void> {
  const { Debugger } = await import('../terminal/debugger.js');
  const code = await Debugger.run({
    file,
    args,
    backend: undefined,
    breakpoints: [],
    commands,
    color: color && showsColors(process.stdout),
    historyFile: undefined,
    steppers: (door) => replaySteppers(door, text, path),
  });
  process.exit(code);
}

/** What the debugger takes its steppers from: the recording. */
function replaySteppers(
  { RunReplayer, readRecording, replayRuns }: DebugDoor,
  text: string,
  path: string,
): Pick<Door, 'createStepper' | 'stepRuns' | 'keepsOrder'> {
  const recording = parse(() => readRecording(text), path);
  let replayer = new RunReplayer(recording);
  warn(replayer);
  return {
    keepsOrder: true,
    stepRuns(onRun) {
      const runs = replayRuns(recording, { onRun, ownsProcess: true });
      replayer = runs;
      return runs;
    },
    createStepper: ((main, { instruments = [] }: RunOptions) =>
      replayer.stepperOf(main, { instruments })) as DebugDoor['createStepper'],
  };
}

/** The file and the arguments of the recorded program, in the folder that it was started in. */
function programOf(text: string, path: string): Argv {
  const { argv = [], cwd } = parse(() => readHeader(text), path);
  const [file, ...args] = argv;
  if (file === undefined) {
    throw new InputError(
      `${path} does not say which program it was made of: replay it with replay() of treadle/debug`,
    );
  }
  if (!existsSync(file)) throw new InputError(`${path} is a recording of ${file}, and that file is gone`);
  try {
    if (cwd !== undefined) process.chdir(cwd);
  } catch {
    console.error(
      `treadle: this was recorded in ${cwd}, and that folder is gone: paths may mean other files`,
    );
  }
  return [file, ...args];
}

function warn(replayer: RunReplayer): void {
  const { changed, recording } = replayer;
  for (const file of changed) {
    console.error(
      `treadle: ${file} has changed since it was recorded: the replay goes on as far as it does the same`,
    );
  }
  const { node } = recording.header;
  if (node !== undefined && node !== process.version) {
    console.error(`treadle: this was recorded with Node ${node}, and is replayed with ${process.version}`);
  }
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError(`the ${what} cannot be read: ${(error as Error).message}`);
  }
}

/** @throws InputError where the work finds that the text is no recording. */
function parse<T>(work: () => T, path: string): T {
  try {
    return work();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'RecordingError') throw error;
    throw new InputError(`${path}: ${message}`);
  }
}
