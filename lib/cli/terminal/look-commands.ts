/** The commands that look at the program while it stands, and change nothing. */
import { printable } from '../../base/printable.js';
import { formatTasks } from '../../debug/inspect/format-tasks.js';
import type { Variable } from '../../debug/inspect/task-snapshot.js';
import { showLocation } from '../../debug/source/show-location.js';
import { InputError } from '../input-error.js';
import { type Command, parseCount } from './command.js';
import { evaluate, showValue, wordsOf } from './evaluate.js';
import { variablesOf } from './frame-variables.js';
import { titleOf } from './motion-commands.js';
import { frameName, type Session } from './session.js';
import { showFile } from './show-file.js';
import { isThrown } from './shown-task.js';
import { countLines } from './source-view.js';
import { describeStep, nameOf } from './step-words.js';

/** Lines of source that `list` shows, and steps that `trace` does. */
const LINES = 11;
const STEPS = 10;

function tasks(session: Session, rest: string): void {
  if (rest !== '' && rest !== 'locals')
    throw new InputError('tasks shows the tree; tasks locals, with variables');
  const { run, color } = session;
  if (run.isDone) session.say(`${run.name} has ended: it has no tasks any more`);
  else session.say(formatTasks(session.tasks, { color, locals: rest === 'locals' }));
}

function task(session: Session, rest: string): void {
  const shown = rest === '' ? session.task : session.chooseTask(rest);
  const { paint } = session;
  const standing = shown.waitsFor === undefined ? shown.state : `waits for ${printable(shown.waitsFor)}`;
  const cancelled = shown.isCancelled ? paint('red', ' cancelled,') : '';
  session.say(`${paint('bold', nameOf(shown))}:${cancelled} ${standing}`);
  session.showPlace();
}

function frames(session: Session, rest: string): void {
  if (rest !== '') session.chooseFrame(parseCount(rest, 0, 'frames N'));
  const { paint, frameNumber } = session;
  const all = session.frames;
  const width = Math.max(...all.map((frame) => frameName(frame).length));
  const lines = all.map((frame, at) => {
    const isShown = at === frameNumber;
    const name = frameName(frame).padEnd(width);
    const place = frame.location === undefined ? '' : paint('cyan', showLocation(frame.location));
    return ` ${isShown ? paint('green', '›') : ' '} ${at}  ${isShown ? paint('bold', name) : name}  ${place}`.trimEnd();
  });
  session.say(`${paint('bold', session.taskName)}\n${lines.join('\n')}`);
  if (rest !== '') session.showPlace();
}

function moveFrame(session: Session, rest: string, direction: 1 | -1): void {
  const count = parseCount(rest, 1, direction > 0 ? 'up COUNT' : 'down COUNT');
  session.chooseFrame(session.frameNumber + direction * count);
  session.showPlace();
}

function locals(session: Session): void {
  const { frame, paint } = session;
  const own = frame.locals.filter(({ scope }) => scope !== 'closure');
  const outer = frame.locals.filter(({ scope }) => scope === 'closure');
  if (own.length + outer.length === 0) {
    session.say(
      `${frameName(frame)} ${isThrown(frame) ? 'has thrown: its variables are gone' : 'has no variables'}`,
    );
    return;
  }
  const show = ({ name, text }: Variable): string => `   ${paint('bold', name)} = ${text}`;
  const lines = own.map(show);
  if (outer.length > 0) lines.push(paint('dim', '   of enclosing functions:'), ...outer.map(show));
  session.say(lines.join('\n'));
}

function print(session: Session, rest: string): void {
  if (rest === '')
    throw new InputError(
      'print what? An expression over the variables that locals shows, and those of the module',
    );
  const variables = variablesOf(session);
  let value: unknown;
  try {
    value = evaluate(rest, variables);
  } catch (error) {
    throw new InputError(wordsOf(error, variables.keys()));
  }
  session.lastValue = value;
  session.say(value instanceof Error ? session.formatError(value) : showValue(value, session.color));
}

function list(session: Session, rest: string): void {
  const [, typedFile, digits] = /^(?:(.+):)?(\d+)$/.exec(rest) ?? [];
  if (rest !== '' && digits === undefined)
    throw new InputError(`list ${rest}? list, list LINE, or list FILE:LINE`);
  const { listed, location } = session;
  const file =
    typedFile === undefined
      ? (listed?.file ?? location?.file ?? session.program.file)
      : fileOf(session, typedFile);
  if (file === undefined) throw new InputError('of which file? list FILE:LINE, for no source is shown now');
  const source = session.linesOf(file);
  if (source === undefined) throw new InputError(`${showFile(file)} cannot be read`);
  const total = countLines(source);
  if (digits !== undefined && (Number(digits) < 1 || Number(digits) > total)) {
    throw new InputError(`${showFile(file)} has lines 1 to ${total}, not ${digits}`);
  }
  if (digits === undefined && session.isListed && listed !== undefined) {
    if (listed.last >= total) throw new InputError(`${showFile(file)} ends at line ${total}`);
    session.showSource(file, listed.last + 1 + Math.floor((LINES - 1) / 2), LINES);
  } else session.showSource(file, digits === undefined ? (location?.line ?? 1) : Number(digits), LINES);
  session.isListed = true;
}

/** A file by the end of its path, as a frame that is known has it. */
function fileOf(session: Session, typed: string): string {
  const file = session.fileEndingWith(typed);
  if (file === undefined) throw new InputError(`no file that is loaded ends in ${typed}`);
  return file;
}

function trace(session: Session, rest: string): void {
  const count = parseCount(rest, STEPS, 'trace COUNT');
  if (count === 0) throw new InputError('trace how many steps? trace COUNT, from 1 on');
  const { run } = session;
  const { history } = run.stepper;
  const shown = history.slice(-count);
  if (shown.length === 0) {
    session.say(`${run.name} has taken no step yet`);
    return;
  }
  const more = (shown[0]?.index ?? 1) - 1;
  if (more > 0) session.say(session.paint('dim', more === 1 ? '… 1 step before' : `… ${more} steps before`));
  for (const step of shown) session.say(describeStep(step, run.begin, session.paint));
}

function runs(session: Session, rest: string): void {
  const { program, paint } = session;
  if (rest === '') {
    const lines = program.runs.all.map((run) => {
      const mark = session.hasRun && run === session.run ? paint('green', '›') : ' ';
      const clock = run.isVirtual ? 'virtual clock' : 'real clock';
      const { last } = run.stepper;
      return ` ${mark} ${run.number}  ${run.name}, ${clock}, ${run.isDone ? 'ended' : `at step ${last?.index ?? 0}`}`;
    });
    session.say(lines.length === 0 ? 'no run has begun yet' : lines.join('\n'));
    return;
  }
  const run = program.runs.all.find(({ number }) => String(number) === rest);
  if (run === undefined) throw new InputError(`there is no run ${rest}; run lists them`);
  session.choose(run);
  session.say(`${titleOf(run)} is shown now`);
  if (!run.isDone) session.showPlace();
}

const namesOfTasks = (session: Session): string[] => [...new Set(session.tasks.map(({ name }) => name))];

export const LOOKS: readonly Command[] = [
  {
    name: 'tasks',
    aliases: ['t'],
    usage: 'tasks [locals]',
    summary: 'the tasks as a tree: who spawned whom, what each waits for, where it stands',
    complete: () => ['locals'],
    carryOut: tasks,
  },
  {
    name: 'task',
    aliases: [],
    usage: 'task [ID | NAME]',
    summary: 'choose the task whose frames, variables and source are shown',
    complete: namesOfTasks,
    carryOut: task,
  },
  {
    name: 'frames',
    aliases: ['f', 'where', 'bt'],
    usage: 'frames [N]',
    summary: 'the coroutines of the task, innermost first; with a number, choose one',
    carryOut: frames,
  },
  {
    name: 'up',
    aliases: [],
    usage: 'up [COUNT]',
    summary: 'choose the frame that has called this one',
    carryOut: (session, rest) => moveFrame(session, rest, 1),
  },
  {
    name: 'down',
    aliases: [],
    usage: 'down [COUNT]',
    summary: 'choose the frame that this one has called',
    carryOut: (session, rest) => moveFrame(session, rest, -1),
  },
  {
    name: 'locals',
    aliases: ['l'],
    usage: 'locals',
    summary: 'the variables of the frame',
    carryOut: locals,
  },
  {
    name: 'print',
    aliases: ['p'],
    usage: 'print EXPRESSION',
    summary: 'the value of an expression over the variables of the frame',
    details:
      'Those of its module are seen too, and private fields (this.#pool). The variables are copies: what they refer to\n' +
      'can be changed, they themselves cannot. Besides there are\n' +
      '$value (what the last step yielded, returned or threw), $resumed (what it was resumed with), and $ (what\n' +
      'was printed last). An expression that takes longer than a second is stopped.',
    complete: (session) => [...variablesOf(session).keys()],
    carryOut: print,
  },
  {
    name: 'list',
    aliases: ['li'],
    usage: 'list [LINE | FILE:LINE]',
    summary: 'the source around the place that is shown, or around a line; again: the lines that follow',
    carryOut: list,
  },
  {
    name: 'trace',
    aliases: ['tr'],
    usage: 'trace [COUNT]',
    summary: `the last steps, ${STEPS} unless told otherwise`,
    carryOut: trace,
  },
  {
    name: 'run',
    aliases: ['r'],
    usage: 'run [N]',
    summary: 'the runs of the program; with a number, choose the one that is shown and moved',
    carryOut: runs,
  },
];
