/**
 * The abort signals that Treadle makes: one for a blocking call (`until`), one for a scope. They live no longer than
 * that, so a listener that is left on one is no leak; who looks for leaks has to tell them from those of users.
 */
type Hear = (signal: AbortSignal) => void;

/** Null as long as nobody asks. */
let hear: Hear | null = null;

/** Makes the controller of such a signal. */
export function makeController(): AbortController {
  const controller = new AbortController();
  if (hear !== null) hear(controller.signal);
  return controller;
}

/** Has `listener` told of each one that is made from here on; null: nobody. Gives who was told before. */
export function hearOfSignals(listener: Hear | null): Hear | null {
  const before = hear;
  hear = listener;
  return before;
}
