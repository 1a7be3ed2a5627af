/** The kinds of effects: what the loop does when an effect is yielded. See `effect.ts` for why effects have no subclasses. */
import { Effect, type Kind } from './effect.js';
import type { Engine, Task } from './task.js';

/** What effects of one kind do. `A` and `B` are the types of the two arguments that such an effect carries. */
export interface EffectKind<A = unknown, B = unknown> extends Kind {
  /**
   * Does what the effect asks. True: the task goes on at once (with its top frame, from the start). False: it
   * has been put into the ready queue or is parked. What it throws is thrown into the coroutine, at the yield.
   */
  perform(task: Task, loop: Engine, effect: Arguments<A, B>): boolean;
  describe?(effect: Arguments<A, B>): string;
}

/** The two arguments of an effect. */
export interface Arguments<A, B> {
  readonly a: A;
  readonly b: B;
}

/**
 * A kind as most are written down. The loop calls `perform` of whatever is yielded. Up to four hidden classes at one place
 * V8 tells apart, and then knows which method it calls; with a fifth it looks up a table and calls through two builtins,
 * whatever is yielded. So there are four: `checkpoint`, `call`, the waits of wait-queue.ts, and this one for all others,
 * which pay for a call more.
 */
class PlainKind<A, B> implements EffectKind<A, B> {
  readonly name: string;
  private readonly act: EffectKind<A, B>['perform'];
  private readonly words: EffectKind<A, B>['describe'];

  constructor({ name, perform, describe }: EffectKind<A, B>) {
    this.name = name;
    this.act = perform;
    this.words = describe;
  }

  perform(task: Task, loop: Engine, effect: Arguments<A, B>): boolean {
    return this.act(task, loop, effect);
  }

  describe(effect: Arguments<A, B>): string {
    return this.words === undefined ? this.name : this.words(effect);
  }
}

/** Makes a kind. */
export function effectKind<A, B>(kind: EffectKind<A, B>): EffectKind<A, B> {
  return new PlainKind(kind);
}

/** Abstract for users only: a subclass would have a hidden class of its own, and a constructor more to run. */
const ConcreteEffect = Effect as unknown as new <T>(kind: Kind, a: unknown, b: unknown) => Effect<T>;

/** Makes an effect of a kind. */
export function makeEffect<T, A, B>(kind: EffectKind<A, B>, a: A, b: B): Effect<T> {
  return new ConcreteEffect<T>(kind, a, b);
}
