/**
 * A child process as an object: what it can do is a record of functions, and asking it is a call that gives a promise.
 *
 *     runner                          child
 *     Child.start<Commands>(script)   answer(commands)
 *     child.ask('start', port)  ──▶   commands.start(port)
 *     ◀── value or error
 *
 * Values cross as copies.
 */

/** What a child can be asked for. */
// biome-ignore lint/suspicious/noExplicitAny: matches functions of any arguments; callers see the real ones.
export type Commands = Record<string, (...args: any[]) => unknown>;

export interface Question {
  readonly id: number;
  readonly command: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/** Child side: answers until the runner hangs up. */
export function answer(commands: Commands): void {
  const reply = (message: Answer) => process.send?.(message);
  process.on('message', async ({ id, command, args }: Question) => {
    try {
      const fn = commands[command];
      if (fn === undefined) throw new Error(`this child has no command '${command}'`);
      reply({ id, value: await fn(...args) });
    } catch (error) {
      reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}
