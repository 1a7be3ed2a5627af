/** The entry of a program. */
import { resolveBackend } from './backends/registry.js';
import { checkDuration } from './base/durations.js';
import { formatErrorTree } from './base/error-tree.js';
import { checkOptions } from './base/options.js';
import type { Operation } from './kernel/effect.js';
import { askToStop } from './kernel/graceful-stop.js';
import { checkRun, start } from './run.js';

/** What a shell expects of a program that a signal has ended: 128 and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type SignalName = keyof typeof EXIT_CODES;

export interface MainOptions {
  /**
   * The first signal asks the program to stop, as `scope.requestStop({ graceMs })` does, and cancels it so many
   * milliseconds later. Default: it cancels at once.
   */
  graceMs?: number;
}

/** What setTimeout takes at most. */
const LONGEST = 0x7fffffff;

/**
 * Runs the body of a program. SIGINT and SIGTERM cancel it and let its clean-up finish, with `graceMs` after they have
 * asked it to stop; a second one ends the process at once. An error that reaches the top is printed with the path of
 * its task. The exit code is 0, 1 after an error, 130 or 143 after a signal. It is only set: the process ends when
 * nothing holds it, so servers, sockets and a stdin that is read are closed in the clean-up. Until then another signal
 * does what it does to any process.
 *
 * @throws TypeError or RangeError at once if the body or an option is wrong.
 * @example
 *     main(function* () {
 *       yield* serve(8080);
 *     });
 *     main(() => race([serve(8080), stopRequested()]), { graceMs: 10_000 });
 */
export function main(body: (this: void) => Operation<unknown>, options: MainOptions = {}): void {
  checkRun('main', body, {});
  checkOptions(options, 'main(body, options)');
  const { graceMs = 0 } = options;
  checkDuration(graceMs, "main's graceMs");
  const backend = resolveBackend(undefined);
  const { promise, state } = start(body, backend, { name: 'main' });
  let received: SignalName | undefined;
  let grace: ReturnType<typeof setTimeout> | undefined;
  const onSignal = (name: SignalName): void => {
    if (received !== undefined) process.exit(EXIT_CODES[name]);
    received = name;
    const cancel = (): void => {
      stopWaiting();
      state.cancel(`the process received ${name}`);
    };
    if (graceMs === 0) {
      cancel();
      return;
    }
    askToStop(state.main);
    if (graceMs !== Infinity) grace = setTimeout(cancel, Math.min(graceMs, LONGEST));
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
    clearTimeout(grace);
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
