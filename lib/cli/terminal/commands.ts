/** All commands of the debugger. */
import { BREAKS } from './break-commands.js';
import { type Command, findCommand } from './command.js';
import { LOOKS } from './look-commands.js';
import { MOTIONS } from './motion-commands.js';
import type { Session } from './session.js';

function help(session: Session, rest: string): void {
  const { paint } = session;
  if (rest !== '') {
    const { usage, aliases, summary, details } = findCommand(COMMANDS, rest);
    const short = aliases.length === 0 ? '' : ` (also ${aliases.join(', ')})`;
    session.say(`${paint('bold', usage)}${short}\n${summary}${details === undefined ? '' : `\n${details}`}`);
    return;
  }
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  const lines = COMMANDS.map(({ usage, aliases: [short = ''], summary }) => {
    return ` ${paint('dim', short.padEnd(3))} ${paint('bold', usage.padEnd(width))}  ${summary}`;
  });
  session.say(
    `${lines.join('\n')}\n\n` +
      'A word may be cut short as long as it is clear; an empty line moves on as before. help COMMAND tells more.',
  );
}

function quit(session: Session): void {
  session.isOver = true;
}

export const COMMANDS: readonly Command[] = [
  ...MOTIONS,
  ...LOOKS,
  ...BREAKS,
  {
    name: 'help',
    aliases: ['h', '?'],
    usage: 'help [COMMAND]',
    summary: 'this list, or more of a command',
    complete: () => COMMANDS.map(({ name }) => name),
    carryOut: help,
  },
  {
    name: 'quit',
    aliases: ['q', 'exit'],
    usage: 'quit',
    summary: 'cancel the program, let it clean up, and leave',
    carryOut: quit,
  },
];
