/** A host whose clock runs by fits and starts: what a run on the virtual clock does must not depend on it. */

/**
 * Runs `act` while `performance.now()` stands still for most of the time and then leaps, by up to some tens of
 * milliseconds, in a way that `seed` alone decides.
 */
export function withErraticHost<T>(seed: number, act: () => T): T {
  const own = Object.getOwnPropertyDescriptor(performance, 'now');
  let time = 0;
  let state = seed | 1;
  performance.now = () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    const draw = state >>> 24;
    if (draw < 96) time += draw / 4;
    return time;
  };
  try {
    return act();
  } finally {
    Reflect.deleteProperty(performance, 'now'); // it is the prototype's, unless somebody else stands in for it
    if (own !== undefined) Object.defineProperty(performance, 'now', own);
  }
}
