/**
 * The order in which the runs of a recording took their steps. At replay each run goes by a script of its own, and what
 * one does is seen by the others, in objects that they share or when it ends: so each waits for its turn.
 *
 *     recorded       main: 1 2 ─ inner: 1 2 3 ─ main: 3
 *     replayed       main: 1 2, and is to take 3: inner, which has begun since, has 1 before it ─ …
 *
 * Only runs that have begun are waited for, and that go on as they were recorded.
 */

/** A run that is replayed, as the others see it. */
export interface Ordered {
  readonly name: string;
  /** It was undone, or goes its own way: it waits for nobody, and nobody for it. */
  readonly isFree: boolean;
  /** The line of the recording that comes next; Infinity: there is none. */
  readonly line: number;
}

export class ReplayOrder {
  private readonly runs = new Set<Ordered>();

  add(run: Ordered): void {
    this.runs.add(run);
  }

  /** The line that comes next, of all of them; Infinity: there is none. */
  get next(): number {
    let next = Infinity;
    for (const { isFree, line } of this.runs) if (!isFree && line < next) next = line;
    return next;
  }

  /** The run that is to go on before `run` does, if there is one. */
  before(run: Ordered): Ordered | undefined {
    if (run.isFree) return undefined;
    const { line } = run;
    for (const other of this.runs) {
      if (other.isFree) this.runs.delete(other);
      else if (other.line < line) return other;
    }
    return undefined;
  }
}
