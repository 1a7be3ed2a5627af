/**
 * The process of a launched program: an entry of its own, started by the adapter with a channel for messages. The
 * program has its standard output and error for itself.
 */
import { InputError } from '../input-error.js';
import { LaunchedProgram } from './launched-program.js';
import { answerTo, type Call, type FromProcess, type LaunchOptions } from './messages.js';

/** Milliseconds that clean-up may take when nobody waits for it. */
const PATIENCE = 2000;

function send(message: FromProcess, sent?: () => void): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
}

const options = JSON.parse(process.argv[2] ?? '') as LaunchOptions;
process.argv.length = 2;
try {
  const program = await LaunchedProgram.open(options, send);
  process.on('message', (call: Call) => {
    void answerTo(program, call).then((answer) => {
      send(answer, () => {
        if (program.isDead) process.exit();
      });
    });
  });
  // The adapter has gone: nobody steers the program any more.
  process.on('disconnect', () => {
    void program.end().finally(() => process.exit());
    setTimeout(() => process.exit(), PATIENCE).unref();
  });
  send({ opened: true });
} catch (error) {
  send({ opened: error instanceof InputError ? error.message : String((error as Error).stack) });
  process.disconnect();
}
