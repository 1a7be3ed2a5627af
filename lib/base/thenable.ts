/** Whether a value is a promise, or behaves like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Takes the rejection of a promise that is refused: one mistake is one error, and the other must not end the process. */
export function disown(value: unknown): void {
  if (value instanceof Promise) value.catch(() => {});
}
