/**
 * How a tool comes into runs that it does not start itself: `treadle trace FILE` loads a program, and the program
 * calls `run`. Before it loads the program, the tool puts an observer under a key of the global object; each run that
 * begins asks it, once, for more instruments and perhaps for another loop. Under a global key and not in a variable
 * of this module, so that it reaches every copy of the package that the program has loaded.
 *
 *     treadle trace app.ts            app.ts                      lib/run.ts
 *     observeRuns(observer)  ──▶      run(main)         ──▶       observer.instruments({ name, backend, … })
 *
 * Without an observer a run pays one look at the global object; tasks and steps pay nothing.
 */
import type { Backend, Connection } from './backend.js';
import type { Operation } from './effect.js';
import type { Instrument, Instruments } from './instrument.js';
import type { Loop } from './loop.js';
import type { HostContext } from './task.js';

/** What an observer is told of a run that begins. */
export interface RunBeginning {
  /** What error messages call it: 'the run', or 'run "name"'. */
  readonly name: string;
  readonly backend: Backend;
  /** It was begun by `runSync`: it ends before that returns, so nothing can stop it half-way and come back later. */
  readonly isSync: boolean;
}

/** What a loop is made of: the arguments of the constructor of `Loop`. */
export type LoopParts = [
  backend: Backend,
  connect: (turn: () => void) => Connection,
  name: string,
  instruments: Instruments | null,
  captureContext: (() => HostContext) | null,
];

export interface RunObserver {
  /** Instruments of the run, behind those that its caller gave. */
  instruments?(run: RunBeginning): readonly Instrument[];
  /** A loop in the place of the ordinary one; undefined: the ordinary one. */
  loopFor?(run: RunBeginning, parts: LoopParts): Loop | undefined;
  /** Runs main itself, as `run(main, options)` would; undefined: it does not, and the run begins as ever. */
  takeOver?<T>(main: () => Operation<T>, backend: Backend, options: object): Promise<T> | undefined;
}

const KEY = Symbol.for('treadle.observer');

interface Observed {
  [KEY]?: RunObserver;
}

/** The observer of the runs of this process; undefined as a rule. */
export function runObserver(): RunObserver | undefined {
  return (globalThis as Observed)[KEY];
}

/** Does some work, and no other observer than this one is asked of the runs that begin meanwhile. */
export function observedBy(observer: RunObserver, work: () => void): void {
  const observed = globalThis as Observed;
  const outer = observed[KEY];
  observed[KEY] = observer;
  try {
    work();
  } finally {
    if (outer === undefined) delete observed[KEY];
    else observed[KEY] = outer;
  }
}

/** Puts an observer in the way of all runs that begin from now on. Only one at a time. Gives what takes it away. */
export function observeRuns(observer: RunObserver): Disposable {
  const observed = globalThis as Observed;
  if (observed[KEY] !== undefined) {
    throw new Error('the runs of this process are observed already; dispose of the other observer first');
  }
  observed[KEY] = observer;
  return {
    [Symbol.dispose]() {
      if (observed[KEY] === observer) delete observed[KEY];
    },
  };
}
