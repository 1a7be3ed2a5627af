/**
 * One execution of main under a stepper, from its first step to its end: it moves the loop for each motion, asks
 * after each step whether the motion is over, and writes the history.
 *
 * `Stepper` has one of these after the other, for going back means executing anew; `AsyncStepper` has one.
 */

import { labelOf } from '../../kernel/call.js';
import { type Coroutine, Effect, KIND } from '../../kernel/effect.js';
import type { Task } from '../../kernel/task.js';
import { learnName, nameOf } from '../inspect/function-names.js';
import { StackDepths } from '../inspect/stack-depths.js';
import type { SourceLocation } from '../source/source-location.js';
import type { Breakpoint } from './breakpoint.js';
import { type Happenings, infoOf } from './happenings.js';
import type { Motion, Progress, Standpoint } from './motions.js';
import type { Sight } from './sight.js';
import type { Mover, Resumption, SteppedLoop } from './stepped-loop.js';
import { TakenStep } from './taken-step.js';

/** So many steps, and up to twice as many, are kept: a server that is debugged for a week must not fill the memory. */
const HISTORY = 100_000;

export class SteppedRun implements Mover, Progress {
  readonly loop: SteppedLoop;
  readonly happenings: Happenings;
  history: TakenStep[] = [];
  /** Steps taken so far. */
  count = 0;
  outcome: { readonly ok: boolean; readonly value: unknown } | null = null;
  /** The step at which the motion has stopped; undefined: it has come to the end of the run. */
  stoppedAt: TakenStep | undefined;
  /** The breakpoints at which it has stopped there, and not at its own end. */
  holding: readonly Breakpoint[] = [];
  /** What the motion has thrown, if it did: the function of a breakpoint, say. */
  failure: { readonly error: unknown } | null = null;
  /** Called when a motion is over. */
  onRest: () => void = () => {};
  /** The step that was just taken, and by whom. */
  step!: TakenStep;
  ranTask!: Task;
  effectKind: string | undefined;

  private readonly sight: Sight;
  private readonly depths: StackDepths;
  private motion: Motion | null = null;
  /** The coroutine that is being resumed, whether for the first time, and to whom it had delegated before. */
  private resumed!: Coroutine<unknown>;
  private isFresh = false;
  private delegatesBefore: readonly Coroutine<unknown>[] = [];
  /** The coroutine that ran, at the end of the delegation. */
  ran!: Coroutine<unknown>;
  private foundPlaces: readonly SourceLocation[] | null = null;

  constructor(loop: SteppedLoop, happenings: Happenings, sight: Sight) {
    this.loop = loop;
    this.happenings = happenings;
    this.sight = sight;
    this.depths = new StackDepths(sight);
    loop.mover = this;
  }

  get isDone(): boolean {
    return this.loop.hasEnded;
  }

  get last(): TakenStep | undefined {
    return this.history.at(-1);
  }

  /** Where the last step was; undefined before the first. */
  get standpoint(): Standpoint | undefined {
    const { last, ranTask: task } = this;
    if (last === undefined) return undefined;
    const hasEnded = last.kind !== 'yielded';
    if (!hasEnded) return { task, depth: last.depth, coroutine: this.ran };
    return { task, depth: last.depth, coroutine: task.hasEnded ? null : task.generatorOf(task.frame) };
  }

  /** Sets the loop going. Turns must come, from the caller or from the connection, until it stands still. */
  begin(motion: Motion): void {
    this.failure = null;
    this.stoppedAt = undefined;
    this.holding = [];
    this.motion = motion;
    this.loop.go(motion.chosen ?? null);
  }

  /** Ends the motion under way: it has come to nothing. */
  giveUp(): void {
    this.motion = null;
    this.loop.halt();
  }

  beforeStep(task: Task): void {
    const iterator = task.generatorOf(task.frame);
    this.isFresh = this.depths.enter(task);
    this.resumed = iterator;
    if (this.motion?.needsPlaces === true) this.delegatesBefore = this.sight.delegates(iterator);
  }

  afterStep(task: Task, resumption: Resumption): boolean {
    const { motion } = this;
    if (motion === null) return false;
    const step = this.record(task, resumption);
    try {
      if (!motion.stops(this)) return true;
      this.stoppedAt = step.keep();
    } catch (error) {
      this.failure = { error };
    }
    this.rest();
    return false;
  }

  ended(ok: boolean, value: unknown): void {
    this.outcome = { ok, value };
  }

  over(): void {
    if (this.motion !== null) this.rest();
  }

  places(): readonly SourceLocation[] {
    this.foundPlaces ??= this.findPlaces();
    return this.foundPlaces;
  }

  entered(): readonly string[] {
    const { sight, resumed, delegatesBefore } = this;
    const name = (coroutine: Coroutine<unknown>) => nameOf(coroutine, sight.functionName);
    const names = this.isFresh ? [name(resumed)] : [];
    if (this.step.kind !== 'yielded') return names;
    let isNew = this.isFresh;
    sight.delegates(resumed).forEach((coroutine, depth) => {
      isNew ||= delegatesBefore[depth] !== coroutine;
      if (isNew) names.push(name(coroutine));
    });
    return names;
  }

  isOnStack(coroutine: Coroutine<unknown>, task: Task): boolean {
    if (this.isOrHides(task.iterator, coroutine)) return true;
    for (let frame = task.frame; frame !== null; frame = frame.below) {
      if (this.isOrHides(frame.iterator, coroutine)) return true;
    }
    return false;
  }

  private isOrHides(outer: Coroutine<unknown>, coroutine: Coroutine<unknown>): boolean {
    return outer === coroutine || this.sight.delegates(outer).includes(coroutine);
  }

  private rest(): void {
    this.motion = null;
    this.onRest();
  }

  private record(task: Task, { kind, value, threwInto, input }: Resumption): TakenStep {
    const { sight, happenings, loop, resumed } = this;
    const delegates = kind === 'yielded' ? sight.delegates(resumed) : [];
    const ran = delegates.at(-1) ?? resumed;
    this.ran = ran;
    this.ranTask = task;
    this.foundPlaces = null;
    const effect = kind === 'yielded' && value instanceof Effect ? value : undefined;
    this.effectKind = effect?.[KIND].name;
    if (this.isFresh) learnName(task.label);
    if (effect !== undefined && loop.midStep !== null) {
      learnName(effect.a, labelOf(effect)?.name); // what it enters: see the kinds of `call`, scopes and groups
      learnName(effect.b);
    }
    this.last?.pass();
    const step = new TakenStep(
      {
        index: ++this.count,
        task: infoOf(task),
        resumed: { kind: threwInto ? 'error' : 'value', value: input },
        kind,
        value,
        effect: effect === undefined ? undefined : inWords(effect),
        function: nameOf(ran, sight.functionName),
        depth: this.depths.base(task) + delegates.length,
        time: loop.now(),
        spawned: happenings.spawned,
        cancelled: happenings.cancelled,
        ended: happenings.ended,
      },
      () => sight.location(ran),
    );
    happenings.clear();
    if (this.history.push(step) > 2 * HISTORY) this.history.splice(0, HISTORY);
    this.step = step;
    return step;
  }

  /**
   * Where the task has arrived: at its yield; at each `yield*` behind which it has just entered another coroutine; and
   * in each function that it has just entered.
   */
  private findPlaces(): readonly SourceLocation[] {
    const { sight, step, resumed, delegatesBefore } = this;
    const hasYielded = step.kind === 'yielded';
    const delegates = hasYielded ? sight.delegates(resumed) : [];
    const places: (SourceLocation | undefined)[] = [];
    let isNew = this.isFresh;
    [resumed, ...delegates].forEach((coroutine, depth) => {
      if (depth > 0) isNew ||= delegatesBefore[depth - 1] !== coroutine;
      if (isNew) places.push(sight.declaration(coroutine));
      if (!hasYielded) return;
      const goesInto = delegates[depth];
      if (goesInto === undefined) places.push(step.location);
      else if (isNew || delegatesBefore[depth] !== goesInto) places.push(sight.location(coroutine));
    });
    return places.filter((place) => place !== undefined);
  }
}

/** An effect in words; descriptions may be the user's, so they may throw. */
function inWords(effect: Effect<unknown>): string {
  try {
    return String(effect);
  } catch {
    return effect[KIND].name;
  }
}
