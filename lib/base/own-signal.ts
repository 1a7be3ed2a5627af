/**
 * The abort signals that Treadle makes: one for a blocking call (`until`), one for a scope. They live no longer than
 * that, so a listener that is left on one is no leak; who looks for leaks has to tell them from those of users.
 */
type Hear = (signal: AbortSignal) => void;

/** Allows any number of listeners: many requests may share a signal, and Node 20 warns of a leak at the eleventh. */
let unlimit: ((signal: AbortSignal) => void) | undefined;

function findUnlimit(): (signal: AbortSignal) => void {
  // Asked for at run time: a static import would break the package in a browser.
  const events = typeof process === 'object' ? process.getBuiltinModule?.('node:events') : undefined;
  return events === undefined ? () => {} : (signal) => events.setMaxListeners(0, signal);
}

/** Null as long as nobody asks. */
let hear: Hear | null = null;

/** Makes the controller of such a signal. */
export function makeController(): AbortController {
  const controller = new AbortController();
  unlimit ??= findUnlimit();
  unlimit(controller.signal);
  if (hear !== null) hear(controller.signal);
  return controller;
}

/** Has `listener` told of each one that is made from here on; null: nobody. Gives who was told before. */
export function hearOfSignals(listener: Hear | null): Hear | null {
  const before = hear;
  hear = listener;
  return before;
}
