/** The entry of a program. */
import { resolveBackend } from './backends/registry.js';
import type { Cancelled } from './base/cancelled.js';
import { checkDuration } from './base/durations.js';
import { formatErrorTree } from './base/error-tree.js';
import { checkOptions } from './base/options.js';
import type { Operation } from './kernel/effect.js';
import { askToStop } from './kernel/graceful-stop.js';
import type { Engine, Task } from './kernel/task.js';
import { checkRun, launch, type ProgramOptions } from './run.js';

/** What a shell expects of a program that a signal has ended: 128 and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type SignalName = keyof typeof EXIT_CODES;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const satisfies readonly SignalName[];

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
  const running = launch(body, backend, { name: 'main', hearsSignals: true } satisfies ProgramOptions);
  let received: SignalName | undefined;
  /** The execution that has received it: a debugger may have gone back to before that, and begun another. */
  let receiver: Engine | null = null;
  let grace: ReturnType<typeof setTimeout> | undefined;
  const onSignal = (name: SignalName): void => {
    const { loop } = running;
    if (received !== undefined && receiver === loop) process.exit(EXIT_CODES[name]);
    received = name;
    receiver = loop;
    const cancel = (): void => {
      if (running.loop !== loop) return;
      stopWaiting();
      running.cancel(reasonOf(name));
    };
    if (graceMs === 0) {
      cancel();
      return;
    }
    askToStop(loop?.main as Task);
    if (graceMs !== Infinity) grace = setTimeout(cancel, Math.min(graceMs, LONGEST));
  };
  const stopWaiting = (): void => {
    const loop = running.loop as Engine;
    loop.wakers--;
    loop.keepAlive--;
    loop.reconsider();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  const stopListening = (): void => {
    clearTimeout(grace);
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  running.then(
    () => {
      stopListening();
      const name = received ?? signalBehind(running.own);
      if (name !== undefined) process.exitCode = EXIT_CODES[name];
    },
    (error: unknown) => {
      stopListening();
      const name = error === running.own ? signalBehind(running.own) : undefined;
      if (name === undefined) console.error(formatErrorTree(error));
      process.exitCode = name === undefined ? 1 : EXIT_CODES[name];
    },
  );
}

function reasonOf(name: SignalName): string {
  return `the process received ${name}`;
}

/** The signal that the run was cancelled for: that of a replay came when it was recorded. */
function signalBehind(cancelled: Cancelled | null): SignalName | undefined {
  return SIGNALS.find((name) => cancelled?.reason === reasonOf(name));
}
