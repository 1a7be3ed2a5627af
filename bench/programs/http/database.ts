/**
 * A database that is only pretended: it answers after a while and costs next to nothing itself. Its face is that of any
 * driver: a promise for each query, an AbortSignal to give it up. As with real ones, giving up takes a moment too.
 */

/** How long a query takes: 1 to `SLOWEST_MS`; one for a negative id never comes back by itself. */
const SLOWEST_MS = 4;
/** How long it takes until an aborted query has let go of its connection. */
const CANCEL_MS = 2;

export interface Row {
  readonly table: string;
  readonly id: number;
  readonly text: string;
}

export class Database {
  /** Connections in use. */
  open = 0;
  /** The most there ever were. */
  most = 0;

  query(table: string, id: number, { signal }: { signal?: AbortSignal } = {}): Promise<Row> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.open++;
    this.most = Math.max(this.most, this.open);
    return new Promise((resolve, reject) => {
      const ms = id < 0 ? 3_600_000 : 1 + ((id * 7919) % SLOWEST_MS);
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', giveUp);
        this.open--;
        resolve({ table, id, text: `row ${id} of ${table}` });
      }, ms);
      const giveUp = () => {
        clearTimeout(timer);
        setTimeout(() => {
          this.open--;
          reject(signal?.reason);
        }, CANCEL_MS);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }
}
