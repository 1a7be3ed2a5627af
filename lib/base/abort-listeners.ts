/**
 * Listening to the abort signals of users. A server hands one signal to every run that it begins, and hosts warn of a
 * leak when a signal has more than ten listeners. So a signal gets one listener, however many wait for it.
 */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `listener` when the signal aborts, at most once. Gives what takes it away again. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let listeners = waiting.get(signal);
  if (listeners === undefined) {
    listeners = new Set();
    waiting.set(signal, listeners);
  }
  if (listeners.size === 0) signal.addEventListener('abort', aborted);
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) signal.removeEventListener('abort', aborted);
  };
}

function aborted(event: globalThis.Event): void {
  const signal = event.currentTarget as AbortSignal;
  const listeners = waiting.get(signal);
  waiting.delete(signal);
  signal.removeEventListener('abort', aborted);
  for (const listener of listeners ?? []) listener();
}
