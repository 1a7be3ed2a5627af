/** A process id, as an argument of a command. */
import { InvalidArgumentError } from 'commander';

export function parsePid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(
    'A process id is a whole number above 0; pgrep -a node lists those of Node.',
  );
}
