/**
 * The backend for Node.js (and runtimes that behave like it).
 *
 * - `soon` is a microtask: a wake-up by a host callback is served before the host's next callback.
 * - `later` is `setImmediate`: Node serves due timers and sockets in between.
 * - One host timer for all deadlines. It is armed anew only when the earliest deadline moves forward; one that
 *   fires too early finds nothing due, and the turn arms the next. Node's timers count whole milliseconds from
 *   the start of a loop iteration, so a deadline is rounded up and may still be met a little early: same remedy.
 * - All turns run in the async context of the caller of `run`, so that AsyncLocalStorage shows tasks what it
 *   showed their run, and never the context of whoever happened to wake them. One entry a turn, not a step.
 *
 * Globals are looked up at each use: fake timers that were installed before the run drive it.
 */
import type { Backend, Connection } from '../kernel/backend.js';

/** setTimeout takes no more than 31 bits; longer sleeps are woken now and then, for nothing. */
const LONGEST_TIMEOUT = 0x7fffffff;

const settled = Promise.resolve();

class NodeConnection implements Connection {
  private readonly turn: () => void;
  private timeout: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  /** When the timeout is to fire; Infinity while there is none. */
  private armedFor = Infinity;

  constructor(turn: () => void) {
    this.turn = inCallersContext(turn);
  }

  soon(): void {
    void settled.then(this.turn);
  }

  later(): void {
    this.immediate = setImmediate(this.turn);
  }

  idle(deadline: number, _foreign: number, keepAlive: boolean): void {
    if (deadline === Infinity && !keepAlive) {
      this.disarm();
      return;
    }
    const delay = Math.ceil(deadline - performance.now());
    if (delay <= 0) {
      this.later();
      return;
    }
    if (this.timeout !== undefined) {
      if (this.armedFor <= deadline) return;
      this.disarm();
    }
    this.armedFor = deadline;
    this.timeout = setTimeout(
      () => {
        this.timeout = undefined;
        this.armedFor = Infinity;
        this.turn();
      },
      Math.min(delay, LONGEST_TIMEOUT),
    );
  }

  close(): void {
    this.disarm();
    clearImmediate(this.immediate);
  }

  private disarm(): void {
    if (this.timeout === undefined) return;
    clearTimeout(this.timeout);
    this.timeout = undefined;
    this.armedFor = Infinity;
  }
}

/** The function, run in the async context of here and now. */
function inCallersContext(turn: () => void): () => void {
  const hooks = process.getBuiltinModule('node:async_hooks');
  if (hooks === undefined) return turn;
  const resource = new hooks.AsyncResource('treadle.run');
  return () => resource.runInAsyncScope(turn);
}

export const nodeBackend: Backend = {
  name: 'node',
  now: () => performance.now(),
  connect: (turn) => new NodeConnection(turn),
};
