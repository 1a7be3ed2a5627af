/** What the user asked for cannot be done: the message says what is wrong and what to do. The command exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The exit code for it. */
export const BAD_INPUT = 2;
