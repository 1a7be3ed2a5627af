/** Which waits are ended by something outside of the run. */
import { type Effect, KIND } from '../../kernel/effect.js';
import { type SuspendOptions, suspend } from '../../kernel/suspend.js';
import type { WaitQueue, WaitRule } from '../../kernel/wait-queue.js';

/** The kind of the effects of `suspend`. */
const SUSPEND = suspend(() => {})[KIND];

/** Whether an effect begins such a wait: by `suspend`, or in a queue that is served from outside. */
export function foreignSort(effect: unknown): 'suspend' | 'queue' | undefined {
  const { [KIND]: kind, a, b } = effect as Partial<Effect<unknown>>;
  if (kind === SUSPEND) return (b as SuspendOptions | undefined)?.foreign === false ? undefined : 'suspend';
  const { rule } = kind as { readonly rule?: WaitRule<unknown, unknown, unknown> };
  const queue = rule?.queueOf(a, b) as WaitQueue<unknown, unknown> | undefined;
  return queue?.isForeign === true ? 'queue' : undefined;
}

/** Whether the starter of such a wait is code of the program, or calls it, or writes output. */
export function isOfProgram(options: SuspendOptions | undefined): boolean {
  return options?.isOfHost !== true;
}
