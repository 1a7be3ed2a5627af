/** Where a call came from, for naming what a test left behind. */

/** The ways into Node's emitters: whoever called them is the one who listens. */
const LISTENING = /\b(on|once|addListener|prependListener|prependOnceListener|addEventListener) \(node:/;

/**
 * The first frame of the stack above `callee` that tells something: "at fetchAll (app.ts:12:9)". Undefined when the
 * call came from the inside of Node itself.
 */
export function originOf(callee: (...args: never[]) => unknown): string | undefined {
  const holder: { stack?: string } = {};
  if (typeof Error.captureStackTrace !== 'function') return 'at an unknown place';
  Error.captureStackTrace(holder, callee);
  const frames = (holder.stack ?? '').split('\n').slice(1);
  const frame = frames.find((line) => !LISTENING.test(line));
  if (frame === undefined) return 'at an unknown place';
  return /\(?node:/.test(frame) ? undefined : frame.trim();
}
