/** The commands for breakpoints. */
import { InputError } from '../input-error.js';
import { type ListedBreakpoint, noteOf } from './breakpoint-list.js';
import type { Command } from './command.js';
import { conditioned } from './conditioned.js';
import { EVENTS, KEYS, parseBreakpoint } from './parse-breakpoint.js';
import type { Session } from './session.js';

function show(session: Session, listed: ListedBreakpoint): string {
  const breakpoints = session.hasRun ? session.run.stepper.breakpoints : undefined;
  const note = noteOf(listed, breakpoints);
  return `breakpoint ${listed.number}: ${listed.title}${note === '' ? '' : ` (${note})`}`;
}

function breakAt(session: Session, rest: string): void {
  const { breakpoints, program } = session;
  const [, number] = /^-\s*(\d+)$/.exec(rest) ?? [];
  if (number !== undefined) {
    deleteOne(session, number);
    return;
  }
  if (rest === '') {
    const lines = breakpoints.all.map((listed) => {
      const hits =
        listed.hits === 0 ? '' : `, stopped ${listed.hits === 1 ? 'once' : `${listed.hits} times`}`;
      return show(session, listed) + hits;
    });
    session.say(lines.length === 0 ? 'no breakpoints; help break tells how to set one' : lines.join('\n'));
    return;
  }
  const typed = conditioned(session, parseBreakpoint(rest, session.location?.file));
  session.say(show(session, breakpoints.add(typed, steppersOf(program))));
}

function deleteOne(session: Session, rest: string): void {
  const { breakpoints, program } = session;
  const steppers = steppersOf(program);
  if (rest === 'all') {
    for (const { number } of [...breakpoints.all]) breakpoints.delete(number, steppers);
    session.say('no breakpoints are left');
    return;
  }
  if (!/^\d+$/.test(rest))
    throw new InputError('which breakpoint? delete N, or delete all; break lists them');
  const { number, title } = breakpoints.delete(Number(rest), steppers);
  session.say(`breakpoint ${number} deleted: ${title}`);
}

/** Of those that have ended, too: they may be gone back in. */
function steppersOf(program: Session['program']) {
  return program.runs.all.map(({ stepper }) => stepper.breakpoints);
}

export const BREAKS: readonly Command[] = [
  {
    name: 'break',
    aliases: ['br'],
    usage: 'break [BREAKPOINT]',
    summary: 'set a breakpoint; without one, list them',
    details:
      '  break app.ts:12            a line of a source file; break 12, of the file that is shown\n' +
      '  break fetchUser            a generator function, where it is entered\n' +
      '  break task NAME            each step of a task; a number means its id\n' +
      "  break effect KIND          'sleep', 'sleep(300)', 'lock.acquire'\n" +
      '  break cancel               a cancellation reaches a task\n' +
      '  break spawn                a task is spawned\n' +
      '  break error                a coroutine throws\n' +
      '  break exit                 a task ends\n' +
      'They may be combined (break error task worker), and have a condition over the variables of the frame\n' +
      '(break app.ts:12 if user.id > 7). A name between two slashes is a regular expression. A stepper stops where\n' +
      'a coroutine yields, or where a generator function begins. delete N, or break -N, deletes one.',
    complete: ({ program }) => [...KEYS, ...EVENTS, ...namesOf(program)],
    carryOut: breakAt,
  },
  {
    name: 'delete',
    aliases: ['d'],
    usage: 'delete N | all',
    summary: 'delete a breakpoint',
    complete: ({ breakpoints }) => ['all', ...breakpoints.all.map(({ number }) => String(number))],
    carryOut: deleteOne,
  },
];

/** The functions that have run by now. */
function namesOf({ runs }: Session['program']): string[] {
  const names = new Set<string>();
  for (const { stepper } of runs.all)
    for (const step of stepper.history.slice(-1000)) names.add(step.function);
  names.delete('');
  return [...names];
}
