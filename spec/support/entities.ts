/** What the model (`model.ts`) keeps account of: scopes, groups, tasks, and tasks that wait. */
import type { Deadline, TaskGroup, TaskHandle } from 'treadle';
import type { Ending } from './ending.js';

/** The last made comes first: small numbers name what is near. */
export function pick<T>(list: readonly T[], index: number): T | undefined {
  return list.length === 0 ? undefined : list[list.length - 1 - (index % list.length)];
}

/** A scope of the program, a task's own (what `handle.cancel()` cancels), or the root (what the signal cancels). */
export class ModelScope {
  real: Deadline | undefined;
  cancelReal: (() => void) | undefined;
  /** Asked for by the program: `cancel()`, or the signal. */
  requested = false;
  shielded: boolean;
  deadline = Infinity;
  entered = false;
  left = false;
  /** As it was when the scope was left: afterwards only `cancel()` may change it. */
  cancelledWhenLeft = false;
  causeKnown = false;
  ending: Ending | undefined;
  /** The verdict at the moment the body (of a group: its last member) ended: would the scope catch a Cancelled? */
  catchesAtEnd = false;

  constructor(
    readonly label: string,
    public parent: ModelScope | undefined,
    shielded: boolean,
    readonly group: ModelGroup | undefined,
  ) {
    this.shielded = shielded;
  }

  get cancelled(): boolean {
    return this.real === undefined ? this.requested : this.real.cancelCalled;
  }

  /** Cancelled by itself or, as far as no shield stands between, from outside. */
  get effectivelyCancelled(): boolean {
    return (
      this.cancelled || (!this.shielded && this.parent !== undefined && this.parent.effectivelyCancelled)
    );
  }

  /** C4: a scope catches its own Cancelled, unless an outer scope is cancelled too and reaches it. */
  get catches(): boolean {
    return (
      this.cancelled && (this.shielded || this.parent === undefined || !this.parent.effectivelyCancelled)
    );
  }

  get effectiveDeadline(): number {
    if (this.cancelled) return -Infinity;
    const outside = this.shielded || this.parent === undefined ? Infinity : this.parent.effectiveDeadline;
    return Math.min(this.deadline, outside);
  }
}

export class ModelGroup {
  readonly scope: ModelScope;
  real: TaskGroup | undefined;
  /** Errors in the order in which they arose (G2). */
  readonly errors: unknown[] = [];
  /** Body or a child ended with a Cancelled that was not its own. */
  endedCancelled = false;
  /** Whether it was its own cannot be told: a shield was toggled while the Cancelled was on its way. */
  endedUnclear = false;
  members: ModelTask[] = [];
  bodyEnded = false;
  closed = false;

  /**
   * All members have ended once: from here on the group may refuse new tasks, and its scope may count as left.
   * Whether that is so at once, or when the task that waits for the group resumes, is open.
   */
  mayRefuse = false;

  constructor(label: string, parent: ModelScope) {
    this.scope = new ModelScope(label, parent, false, this);
  }

  memberEnded(): void {
    if (this.bodyEnded && this.members.every((member) => member.ending !== undefined)) this.mayRefuse = true;
    this.scope.catchesAtEnd = this.scope.catches;
  }
}

export class ModelTask {
  readonly scope: ModelScope;
  innermost: ModelScope;
  begun = 0;
  ending: Ending | undefined;
  handle: TaskHandle<number> | undefined;
  /** G5: a child of `start` is its caller's until it says `started`, then the group's. */
  owner: 'group' | 'caller' = 'group';
  startWait: Wait | undefined;

  constructor(
    readonly id: number,
    parent: ModelScope | undefined,
    readonly group: ModelGroup | undefined,
  ) {
    this.scope = new ModelScope(`task t${id}`, parent, false, undefined);
    this.innermost = this.scope;
  }

  get name(): string {
    return `t${this.id}`;
  }
}

export interface WaitRules {
  /** False for what cancellation cannot end: a shielded checkpoint. */
  readonly cancellable?: boolean;
  /** False for a wait that cannot be given up once it has begun (KEEP_WAITING). */
  readonly yields?: boolean;
  /** The task sits in the ready queue: a cancel may come too late for it or not. */
  readonly loose?: boolean;
  /** When the clock ends the wait. */
  readonly due?: number;
  /** The task whose end ends the wait. */
  readonly target?: ModelTask;
}

/** A task parked on one effect. */
export class Wait {
  readonly scope: ModelScope;
  readonly cancelledOnEntry: boolean;
  /** The answer is on its way: from here on a cancel comes too late (C3). */
  woken = false;
  sawCancel = false;
  sawAt = Infinity;

  constructor(
    readonly task: ModelTask,
    readonly label: string,
    readonly rules: WaitRules,
  ) {
    this.scope = task.innermost;
    this.cancelledOnEntry = this.scope.effectivelyCancelled;
  }
}

/** A wait in line on a channel. */
export interface Parked {
  readonly wait: Wait;
  readonly keep: boolean;
  readonly resume: () => void;
  readonly fail: () => void;
}
