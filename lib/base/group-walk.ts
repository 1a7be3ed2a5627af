/**
 * A walk through errors that hold errors, on a stack of its own: groups may nest deeper than JavaScript calls.
 *
 *     const walk = new Walk(group);
 *     for (let visit = walk.top; visit !== undefined; visit = walk.top) {
 *       if (visit.isOver) walk.leave();                                   all that is in it has been seen
 *       else {
 *         const error = visit.next();
 *         if (error instanceof ExceptionGroup) walk.enter(error);         next what is in it, then what follows it
 *         else …
 *       }
 *     }
 */

interface Nested {
  readonly errors: readonly unknown[];
}

/** One group on the way, and how far the walk has got in it. */
export class Visit<G extends Nested> {
  readonly group: G;
  private at = 0;

  constructor(group: G) {
    this.group = group;
  }

  get isOver(): boolean {
    return this.at >= this.group.errors.length;
  }

  next(): unknown {
    return this.group.errors[this.at++];
  }
}

export class Walk<G extends Nested> {
  private readonly way: Visit<G>[];
  /** The groups of `way`; null while there is only one, as nearly always. */
  private onWay: Set<G> | null = null;

  constructor(group: G) {
    this.way = [new Visit(group)];
  }

  /** Where the walk is; undefined when it is over. */
  get top(): Visit<G> | undefined {
    return this.way.at(-1);
  }

  /** Goes into a group. False: the walk is in it already, for it was put into itself, and passes it by. */
  enter(group: G): boolean {
    this.onWay ??= new Set(this.way.map((visit) => visit.group));
    if (this.onWay.has(group)) return false;
    this.onWay.add(group);
    this.way.push(new Visit(group));
    return true;
  }

  leave(): void {
    const visit = this.way.pop();
    if (visit !== undefined) this.onWay?.delete(visit.group);
  }
}
