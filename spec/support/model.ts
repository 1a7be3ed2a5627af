/**
 * What a run of a random program should do: a second, slow and simple account of scopes, tasks, waits and errors,
 * kept beside the real run by `interpreter.ts`, which tells it of everything the program does.
 *
 * The model does not schedule. It answers questions about the moment: is this scope effectively cancelled, does
 * this wait have to end, whose error is this. Whatever contradicts the rules of DESIGN.md section 3 is written
 * to `violations` rather than thrown: an exception here would be swallowed by the very programs under test.
 *
 * Two things are read off the real objects instead of being modelled: the time, and `cancelCalled`, for a deadline
 * fires between two steps. Each `cancelCalled` must in turn have a cause that the model knows of.
 *
 * Where the contract leaves both answers open the model accepts both, and only there: a cancel that meets a task
 * already in the ready queue, a deadline due in the very millisecond of the wake-up, shields toggled while an
 * exception is under way.
 */
import { currentEffectiveDeadline, currentTime, type Deadline, ExceptionGroup, isCancelled } from 'treadle';
import { describeEnding, describeError, type Ending, returned } from './ending.js';
import { ModelGroup, ModelScope, ModelTask, type Parked, Wait, type WaitRules } from './entities.js';

export interface ModelOptions {
  /** Whether a run in which nothing can happen any more is to be expected (no janitor looks after it). */
  readonly mayDeadlock: boolean;
}

export class Model {
  readonly log: string[] = [];
  readonly violations: string[] = [];
  readonly root = new ModelScope('root', undefined, false, undefined);
  readonly scopes: ModelScope[] = [];
  readonly groups: ModelGroup[] = [];
  readonly tasks: ModelTask[] = [];
  readonly waits = new Set<Wait>();
  readonly channels = new Map<number, Parked[]>();
  readonly finallyRuns: number[] = [];
  /** Thrown and neither handled nor come out at the top so far. */
  readonly live = new Map<unknown, number>();
  opened = 0;
  closed = 0;
  errorCount = 0;
  valueCount = 0;
  shieldToggles = 0;
  startTime = 0;
  done = false;
  /** After a deadlock everything is cancelled from above, shields included: only clean-up is still judged. */
  deadlocked = false;

  constructor(readonly options: ModelOptions) {}

  note(task: ModelTask, text: string): void {
    this.log.push(`${currentTime() - this.startTime} ${task.name} ${text}`);
  }

  /** A rule about values or cancellation was broken. */
  violate(text: string): void {
    if (!this.deadlocked) this.break(text);
  }

  /** A rule was broken that holds even after a deadlock. */
  break(text: string): void {
    this.violations.push(text);
    this.log.push(`!!! ${text}`);
  }

  newTask(parent: ModelScope | undefined, group: ModelGroup | undefined): ModelTask {
    const task = new ModelTask(this.tasks.length, parent, group);
    this.tasks.push(task);
    group?.members.push(task);
    return task;
  }

  newScope(kind: string, task: ModelTask, shielded: boolean): ModelScope {
    const scope = new ModelScope(`${kind} s${this.scopes.length}`, task.innermost, shielded, undefined);
    this.scopes.push(scope);
    return scope;
  }

  newGroup(task: ModelTask): ModelGroup {
    const group = new ModelGroup(`group s${this.scopes.length}`, task.innermost);
    this.scopes.push(group.scope);
    this.groups.push(group);
    return group;
  }

  newError(): Error {
    return new Error(`e${this.errorCount++}`);
  }

  // --- scopes -----------------------------------------------------------------------------------------

  enter(task: ModelTask, scope: ModelScope, real: Deadline, cancelReal?: () => void): void {
    if (scope.entered) this.break(`${scope.label} was entered twice`);
    scope.entered = true;
    scope.real = real;
    scope.cancelReal = cancelReal;
    task.innermost = scope;
    this.note(task, `enters ${scope.label}`);
    this.observe();
  }

  /** The body of a scope has ended, by whatever way. */
  bodyEnded(task: ModelTask, scope: ModelScope, ending: Ending | undefined): void {
    if (ending === undefined) this.break(`the body of ${scope.label} was abandoned`);
    if (task.innermost !== scope) {
      this.break(`${scope.label} ended while ${task.innermost.label} inside it was still entered`);
    }
    this.observe();
    scope.ending = ending;
    scope.catchesAtEnd = scope.catches;
    this.note(task, `ends the body of ${scope.label}: ${describeEnding(ending)}`);
    const { group } = scope;
    if (group === undefined || ending === undefined) return;
    group.bodyEnded = true;
    if (ending.kind === 'error') group.errors.push(ending.error);
    if (ending.kind === 'cancelled') group.endedCancelled = true;
    group.memberEnded();
  }

  /** The scope's effect has ended: nothing of the scope reaches the task any more. */
  leave(task: ModelTask, scope: ModelScope): void {
    if (task.innermost !== scope) this.break(`${scope.label} was left before ${task.innermost.label}`);
    if (!scope.entered) this.break(`${scope.label} ended without its body having run`);
    scope.left = true;
    scope.cancelledWhenLeft = scope.cancelled;
    if (scope.parent !== undefined) task.innermost = scope.parent;
  }

  /** Whether the scope may, or must, have caught the Cancelled its body ended with. */
  verdict(scope: ModelScope): { may: boolean; must: boolean } {
    const now = scope.catches;
    if (this.shieldToggles > 0) return { may: scope.cancelled, must: false };
    return { may: now || scope.catchesAtEnd, must: now && scope.catchesAtEnd };
  }

  // --- the moment -------------------------------------------------------------------------------------

  /** Looks at everything before and after each act of the program: what changes here changes who is cancelled. */
  observe(): void {
    const now = currentTime();
    for (const scope of this.scopes) if (scope.entered && !scope.left) this.inspect(scope, now);
    for (const wait of this.waits) {
      if (wait.woken || wait.sawCancel || !wait.scope.effectivelyCancelled) continue;
      wait.sawCancel = true;
      wait.sawAt = now;
    }
  }

  private inspect(scope: ModelScope, now: number): void {
    const { real, group } = scope;
    if (real === undefined) return;
    // A run that has come to a dead end takes the shields down, for nothing can wake who hides behind one.
    if (this.options.mayDeadlock && scope.shielded && !real.shield) this.expectDeadlock();
    if (real.shield !== scope.shielded) this.violate(`C5: ${scope.label}.shield reads ${real.shield}`);
    if (real.deadline !== scope.deadline) {
      this.violate(`C7: ${scope.label}.deadline reads ${real.deadline}, not ${scope.deadline}`);
    }
    const failed = group !== undefined && group.errors.length > 0;
    if (real.cancelCalled) {
      if (scope.causeKnown) return;
      scope.causeKnown = true;
      if (scope.requested || scope.deadline <= now || failed || group?.endedCancelled || group?.endedUnclear)
        return;
      this.violate(`${scope.label} is cancelled, though nobody asked for it`);
    } else if (group?.mayRefuse === true) {
      // Nothing is left that the cancellation could reach.
    } else if (scope.requested || failed || scope.deadline < now) {
      const cause = scope.requested ? 'cancel() was called' : failed ? 'a member failed' : 'its time is over';
      this.violate(`${scope.label} is not cancelled, though ${cause}`);
    }
  }

  /** Before each statement: the task's own view of its scopes agrees with the model's. */
  look(task: ModelTask): void {
    this.observe();
    const expected = task.innermost.effectiveDeadline;
    const seen = currentEffectiveDeadline();
    // A deadline that is due may have fired or not: it does so between two steps.
    if (seen === expected || (expected <= currentTime() && seen === -Infinity)) return;
    this.violate(`${task.name}: currentEffectiveDeadline() gives ${seen}, not ${expected}`);
  }

  // --- waits ------------------------------------------------------------------------------------------

  park(task: ModelTask, label: string, rules: WaitRules = {}): Wait {
    const wait = new Wait(task, label, rules);
    this.note(task, label);
    this.waits.add(wait);
    this.observe();
    return wait;
  }

  /** C1, C3, C4, C5: a wait ended with Cancelled exactly if it had to. */
  settle(wait: Wait, ending: Ending): void {
    this.observe();
    this.waits.delete(wait);
    const { task, label, rules } = wait;
    this.note(task, `${label}: ${describeEnding(ending)}`);
    const at = `${task.name} ${label}`;
    const cancellable = rules.cancellable !== false && (rules.yields !== false || wait.cancelledOnEntry);
    if (ending.kind === 'cancelled') {
      if (!wait.sawCancel && this.options.mayDeadlock) this.expectDeadlock();
      if (!cancellable) this.violate(`${at}: cancelled, though it cannot be`);
      else if (wait.woken) this.violate(`C3 ${at}: cancelled, though the answer was on its way: it is lost`);
      else if (!wait.sawCancel) this.violate(`C4/C5 ${at}: Cancelled where nothing is cancelled`);
      return;
    }
    if (!cancellable) return;
    if (wait.cancelledOnEntry) this.violate(`C1 ${at}: a checkpoint in a cancelled scope returned`);
    const inTime = rules.loose === true || wait.sawAt >= (rules.due ?? Infinity);
    if (wait.sawCancel && !inTime) this.violate(`C1 ${at}: the wait outlived the cancellation of its scope`);
  }

  /** L5: the run is cancelled from above. That is right only if nothing could have happened any more. */
  expectDeadlock(): void {
    if (this.deadlocked) return;
    for (const wait of this.waits) {
      if (wait.rules.due !== undefined || wait.woken || wait.rules.loose === true) {
        this.break(`L5: taken for a deadlock, though ${wait.task.name} ${wait.label} would have gone on`);
      }
    }
    this.deadlocked = true;
    this.log.push('(deadlock)');
  }

  // --- errors -----------------------------------------------------------------------------------------

  /** An error has come into being and is on its way. */
  raise(error: unknown): void {
    this.live.set(error, (this.live.get(error) ?? 0) + 1);
  }

  /** An error (a group: each of its leaves) was handled, replaced by another, or came out at the top. */
  retire(error: unknown): void {
    if (error instanceof ExceptionGroup) {
      for (const inner of error.errors) this.retire(inner);
      return;
    }
    if (isCancelled(error)) return;
    const count = this.live.get(error) ?? 0;
    if (count === 0)
      this.violate(`an error arrived that was never thrown, or twice: ${describeError(error)}`);
    if (count <= 1) this.live.delete(error);
    else this.live.set(error, count - 1);
  }

  // --- tasks ------------------------------------------------------------------------------------------

  begin(task: ModelTask): void {
    task.begun++;
    if (task.begun > 1) this.break(`${task.name} began twice`);
    this.note(task, 'begins');
  }

  end(task: ModelTask, ending: Ending | undefined): void {
    if (ending === undefined) this.break(`the coroutine of ${task.name} was abandoned`);
    if (task.innermost !== task.scope) this.break(`${task.name} ended inside ${task.innermost.label}`);
    this.observe();
    this.note(task, `ends: ${describeEnding(ending)}`);
    task.ending = ending ?? returned(undefined);
    for (const wait of this.waits) if (wait.rules.target === task && !wait.sawCancel) wait.woken = true;
    const { group } = task;
    if (group === undefined || ending === undefined) return;
    const callerGone = task.startWait?.sawCancel === true;
    if (task.owner === 'caller') {
      // Before `started` the caller gets what happens; a caller that is being cancelled leaves errors to the group.
      if (!callerGone && task.startWait !== undefined) task.startWait.woken = true;
      if (callerGone && ending.kind === 'error') group.errors.push(ending.error);
    } else if (ending.kind === 'error') group.errors.push(ending.error);
    else if (ending.kind === 'cancelled') {
      if (this.shieldToggles > 0 && task.scope.cancelled) group.endedUnclear = true;
      else if (!task.scope.catches) group.endedCancelled = true;
    }
    group.memberEnded();
  }
}
