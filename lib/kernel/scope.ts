/**
 * The tree along which cancellation travels.
 *
 * Its nodes are tasks and cancel scopes. A scope hangs below the scope it was entered in; a child task hangs
 * below the scope of its group. Siblings form a doubly linked list through the nodes themselves, oldest first,
 * so that linking and unlinking are O(1) and allocate nothing:
 *
 *     main task
 *       └─ scope of a group ── first ─▶ task A ⇄ task B ⇄ (a scope of main's, entered in the group's body)
 *                                         └─ scope of A's
 *          first.prev is the last sibling; the last one's next is null.
 *
 * Each node keeps two things: `own`, the Cancelled made when this very node was cancelled, and `effective`, the
 * one that checkpoints inside it throw. The latter follows from the tree,
 *
 *     effective = shielded ? own : (parent.effective ?? own)
 *
 * that is, the outermost cancelled scope that no shield hides wins, and it is kept up to date by a walk at each
 * change (cancel, shield toggled, node moved). A subtree whose top does not change is not walked, so a cancel
 * costs O(nodes it reaches), and a checkpoint costs one load.
 *
 * A `Cancelled` on its way out of a node is caught there exactly when it is the node's own; if the parent is
 * cancelled as well, the parent's goes on instead (rule C4). So it is identity that decides who catches what.
 */
import type { Cancelled } from '../base/cancelled.js';
import { ExceptionGroup } from '../base/exception-group.js';
import { NOT_ARMED } from './timer-queue.js';

/** The task that runs inside a node, as the tree sees it. */
export interface Host {
  /** The innermost node that the task is in. */
  readonly scope: Scope;
  /** A cancellation reaches the task. */
  deliver(cancelled: Cancelled): void;
}

export abstract class Scope {
  /** @internal The node above, or the last one it had; null for the main task of a run and for a scope never entered. */
  parent: Scope | null = null;
  /** @internal The oldest child. */
  first: Scope | null = null;
  /** @internal */
  next: Scope | null = null;
  /** @internal The sibling before; of the oldest child: the youngest. Null exactly while the node is not in the tree. */
  prev: Scope | null = null;
  /** @internal What checkpoints inside this node throw; null while it is not cancelled. */
  effective: Cancelled | null = null;
  /** @internal A task sleeps and a scope has a deadline: neither has more than one timer, so the node is its own. */
  timerIndex = NOT_ARMED;

  /** @internal Made when this node was cancelled, exactly once. */
  abstract own: Cancelled | null;

  /** @internal Deaf to what is above. */
  abstract readonly shielded: boolean;

  /** @internal Takes the shield down, whatever the user said: for a run that has come to a dead end. */
  abstract unshield(): void;

  /** @internal The task that runs inside this node: itself for a task, for a scope the one that entered it. */
  abstract readonly host: Host | null;

  /** @internal The clock has reached the time that the node was armed for. */
  abstract fire(): void;

  /** @internal Hangs this node below `parent`, as its youngest child. */
  protected linkTo(parent: Scope): void {
    this.parent = parent;
    const first = parent.first;
    if (first === null) {
      parent.first = this;
      this.prev = this;
    } else {
      const last = first.prev as Scope;
      last.next = this;
      this.prev = last;
      first.prev = this;
    }
    this.effective = this.shielded ? this.own : (parent.effective ?? this.own);
  }

  /** @internal Takes this node out of the tree. It has no children by then. */
  protected unlink(): void {
    const { prev, next } = this;
    if (prev === null) return;
    const parent = this.parent as Scope;
    if (parent.first === this) {
      parent.first = next;
      if (next !== null) next.prev = prev;
    } else {
      prev.next = next;
      if (next !== null) next.prev = prev;
      else (parent.first as Scope).prev = prev;
    }
    this.next = null;
    this.prev = null;
  }

  /** @internal Moves this node, and all below it, under another parent. */
  moveTo(parent: Scope): void {
    this.unlink();
    this.linkTo(parent);
    this.spread(true);
  }

  /** @internal Cancels this node with an error that names it; does nothing if it was cancelled before. */
  protected cancelWith(cancelled: Cancelled): void {
    if (this.own !== null) return;
    this.own = cancelled;
    this.spread();
  }

  /** @internal
   * Brings `effective` up to date here and below, then tells whom it concerns. Two phases, because telling runs
   * foreign code (abort functions, listeners of signals) that may change the tree.
   */
  protected spread(evenIfSame = false): void {
    const reached: Scope[] = [];
    let node: Scope = this;
    let descend = node.update() || evenIfSame;
    if (descend && node.effective !== null) reached.push(node);
    for (;;) {
      if (descend && node.first !== null) node = node.first;
      else {
        while (node !== this && node.next === null) node = node.parent as Scope;
        if (node === this) break;
        node = node.next as Scope;
      }
      descend = node.update();
      if (descend && node.effective !== null) reached.push(node);
    }
    for (const scope of reached) scope.notify();
  }

  /** Recomputes `effective`; true if it changed. */
  private update(): boolean {
    const before = this.effective;
    const above = this.parent;
    this.effective = this.shielded || above === null ? this.own : (above.effective ?? this.own);
    return this.effective !== before;
  }

  /** @internal `effective` has become, or become another, Cancelled. The tree may have changed since. */
  protected notify(): void {
    const cancelled = this.effective;
    const host = this.host;
    // Only the innermost scope of a task is where the task stands; the outer ones are passed on the way.
    if (cancelled !== null && host !== null && host.scope === this) host.deliver(cancelled);
  }

  /** @internal
   * What becomes of an error that leaves this node: CAUGHT if it is the node's own Cancelled, unless something above
   * is cancelled too, whose Cancelled then goes on in its place; else the error. Out of an exception group that a
   * user made the node takes its own, and lets the rest go on.
   */
  protected filter(error: unknown): unknown {
    const { own } = this;
    if (own === null) return error;
    let rest: unknown = error === own ? undefined : error;
    if (error instanceof ExceptionGroup) rest = error.without((leaf) => leaf === own);
    if (rest !== undefined || error === undefined) return rest;
    const above = this.shielded || this.parent === null ? null : this.parent.effective;
    return above ?? CAUGHT;
  }
}

/** What `filter` gives for an error that goes no further. */
export const CAUGHT: unique symbol = Symbol('caught');
