/** The entry of a program. */
import { resolveBackend } from './backends/registry.js';
import { formatErrorTree } from './base/error-tree.js';
import type { Operation } from './kernel/effect.js';
import { checkRun, start } from './run.js';

/** What a shell expects of a program that a signal has ended: 128 and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type SignalName = keyof typeof EXIT_CODES;

/**
 * Runs the body of a program. SIGINT and SIGTERM cancel it and let its clean-up finish; a second one ends the
 * process at once. An error that reaches the top is printed with the path of its task. The exit code is 0, 1
 * after an error, 130 or 143 after a signal.
 *
 * @example
 *     main(function* () {
 *       yield* serve(8080);
 *     });
 */
export function main(body: (this: void) => Operation<unknown>): void {
  checkRun('main', body, {});
  const backend = resolveBackend(undefined);
  const { promise, state } = start(body, backend, { name: 'main' });
  let received: SignalName | undefined;
  const onSignal = (name: SignalName): void => {
    if (received !== undefined) process.exit(EXIT_CODES[name]);
    received = name;
    stopWaiting();
    state.cancel(`the process received ${name}`);
  };
  // While main listens, a signal can wake the run at any time: nothing is a deadlock, and the process stays.
  state.loop.wakers++;
  state.loop.keepAlive++;
  const stopWaiting = (): void => {
    state.loop.wakers--;
    state.loop.keepAlive--;
    state.loop.reconsider();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const stopListening = (): void => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  promise.then(
    () => {
      stopListening();
      if (received !== undefined) process.exitCode = EXIT_CODES[received];
    },
    (error: unknown) => {
      stopListening();
      const bySignal = received !== undefined && error === state.main.own;
      if (!bySignal) console.error(formatErrorTree(error));
      process.exitCode = bySignal && received !== undefined ? EXIT_CODES[received] : 1;
    },
  );
}
