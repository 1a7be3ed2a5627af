/**
 * Random programs as plain data. A program is a tree of statements; `interpreter.ts` turns it into coroutines.
 *
 * Why data and not code: fast-check shrinks a tree of plain objects to the few statements that matter, and
 * what it prints can be pasted into a spec as it stands.
 *
 * Names are resolved while the program runs: `scope: 0` is the scope entered last, `scope: 1` the one before it,
 * and so on round all those made so far, whoever made them. So every statement means something in every
 * program, and removing statements (shrinking) never leaves a dangling name. The same goes for tasks and groups.
 *
 * Times are small whole numbers of milliseconds, so that sleeps, deadlines and cancels often fall together.
 */
import fc from 'fast-check';

export type Block = readonly Statement[];

/** Statements that yield once. `star` tells whether by `yield*` or by a plain `yield`. */
export type Leaf =
  | { readonly do: 'sleep'; readonly ms: number; readonly star: boolean }
  | { readonly do: 'sleepUntil'; readonly at: number; readonly star: boolean }
  | { readonly do: 'checkpoint'; readonly kind: 'full' | 'ifCancelled' | 'shielded'; readonly star: boolean }
  /** Waits in line on a channel until somebody wakes it, or is answered by its own starter. */
  | { readonly do: 'park'; readonly channel: number; readonly as: Parking; readonly star: boolean }
  /** Waits for a task (not for the one that executes it): its value, or only its end. */
  | { readonly do: 'join'; readonly task: number; readonly how: 'value' | 'wait' };

/** How a parked wait answers a cancellation (giveUp, keep), or that its starter answers at once. */
export type Parking = 'giveUp' | 'keep' | 'atOnce' | 'failAtOnce';

/** Statements that do something at once and do not yield. */
export type Action =
  | { readonly do: 'throw' }
  | { readonly do: 'wake'; readonly channel: number; readonly fail: boolean }
  | { readonly do: 'cancelScope'; readonly scope: number }
  | { readonly do: 'cancelTask'; readonly task: number }
  | { readonly do: 'setShield'; readonly scope: number; readonly on: boolean }
  | { readonly do: 'setDeadline'; readonly scope: number; readonly ms: number }
  /** Aborts the signal that was given to the run. */
  | { readonly do: 'abort' }
  | {
      readonly do: 'spawn';
      readonly group: number;
      readonly by: 'startSoon' | 'createTask';
      readonly body: Block;
    };

export type ScopeKind =
  | 'object'
  | 'function'
  | 'moveOnAfter'
  | 'moveOnAt'
  | 'failAfter'
  | 'failAt'
  | 'shield'
  | 'cancelled';

/** Statements that hold other statements and yield at their edges. */
export type Compound =
  | { readonly do: 'frame'; readonly via: 'delegate' | 'call' | 'coroutine'; readonly body: Block }
  | {
      readonly do: 'scope';
      readonly kind: ScopeKind;
      /** Time allowed; null for none. */
      readonly ms: number | null;
      readonly shield: boolean;
      readonly body: Block;
    }
  | {
      readonly do: 'group';
      readonly collapse: boolean;
      readonly ifCancelled: boolean;
      readonly children: readonly Block[];
      readonly body: Block;
    }
  /** `started` is called between `before` and `after`, if `says`. */
  | {
      readonly do: 'start';
      readonly group: number;
      readonly how: 'start' | 'startTask';
      readonly says: boolean;
      readonly before: Block;
      readonly after: Block;
    }
  /** try/catch/finally: what the catch swallows (or wraps: Cancelled, in a group), and what the finally block does. */
  | {
      readonly do: 'try';
      readonly swallow: 'nothing' | 'errors' | 'everything' | 'wrap';
      readonly body: Block;
      readonly cleanup: Block;
    };

export type Statement = Leaf | Action | Compound;

const MILLISECONDS = [0, 1, 2, 3, 5, 8];
/** Where deadlines are moved to, from now: also into the past, and away. */
const SHIFTS = [-2, 0, 1, 3, 8, Infinity];
const CHANNELS = 2;
const MAX_DEPTH = 4;

const ms = fc.constantFrom(...MILLISECONDS);
const star = fc.boolean();
const channel = fc.nat(CHANNELS - 1);
const index = fc.nat(4);

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('sleep' as const), ms, star }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleepUntil' as const), at: fc.nat(12), star }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('checkpoint' as const),
      kind: fc.constantFrom('full' as const, 'ifCancelled' as const, 'shielded' as const),
      star,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('park' as const),
      channel,
      as: fc.constantFrom<Parking[]>('giveUp', 'giveUp', 'keep', 'atOnce', 'failAtOnce'),
      star,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      task: index,
      how: fc.constantFrom('value' as const, 'wait' as const),
    }),
  },
);

const action: fc.Arbitrary<Exclude<Action, { do: 'spawn' | 'abort' }>> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('throw' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wake' as const), channel, fail: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancelScope' as const), scope: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancelTask' as const), task: index }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('setShield' as const), scope: index, on: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('setDeadline' as const),
      scope: index,
      ms: fc.constantFrom(...SHIFTS),
    }),
  },
);

const abort: fc.Arbitrary<Action> = fc.record({ do: fc.constant('abort' as const) });

/** What the programs may hold beside the ordinary: both make a run end in a way of its own. */
export interface ProgramOptions {
  /** Statements that abort the signal of the run. */
  readonly aborts: boolean;
}

/** Programs: the body of `main`. */
export function programs(options: ProgramOptions): fc.Arbitrary<Block> {
  const { block } = fc.letrec<{ block: Block; statement: Statement; compound: Statement }>((tie) => ({
    block: fc.array(tie('statement'), { maxLength: 4, size: 'max' }),
    statement: fc.oneof(
      { maxDepth: MAX_DEPTH, depthSize: 'max', depthIdentifier: 'program', withCrossShrink: true },
      { weight: 18, arbitrary: leaf },
      { weight: 10, arbitrary: action },
      ...(options.aborts ? [{ weight: 1, arbitrary: abort }] : []),
      { weight: 22, arbitrary: tie('compound') },
    ),
    compound: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('group' as const),
          collapse: fc.boolean(),
          ifCancelled: fc.boolean(),
          children: fc.array(tie('block'), { maxLength: 3, size: 'max' }),
          body: tie('block'),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('scope' as const),
          kind: fc.constantFrom<ScopeKind[]>(
            'object',
            'function',
            'moveOnAfter',
            'moveOnAt',
            'failAfter',
            'failAt',
            'shield',
            'cancelled',
          ),
          ms: fc.option(ms),
          shield: fc.boolean(),
          body: tie('block'),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('try' as const),
          swallow: fc.constantFrom(
            'nothing' as const,
            'errors' as const,
            'everything' as const,
            'wrap' as const,
          ),
          body: tie('block'),
          cleanup: tie('block'),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('frame' as const),
          via: fc.constantFrom('delegate' as const, 'call' as const, 'coroutine' as const),
          body: tie('block'),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('start' as const),
          group: index,
          how: fc.constantFrom('start' as const, 'startTask' as const),
          says: fc.boolean(),
          before: tie('block'),
          after: tie('block'),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('spawn' as const),
          group: index,
          by: fc.constantFrom('startSoon' as const, 'createTask' as const),
          body: tie('block'),
        }),
      },
    ),
  }));
  // Alone in its run a program meets nobody: most are a group whose children disturb each other.
  const crowd: fc.Arbitrary<Block> = fc
    .record({
      do: fc.constant('group' as const),
      collapse: fc.boolean(),
      ifCancelled: fc.boolean(),
      children: fc.array(block, { minLength: 1, maxLength: 4, size: 'max' }),
      body: block,
    })
    .map((group) => [group]);
  return fc.oneof({ weight: 1, arbitrary: block }, { weight: 4, arbitrary: crowd });
}

/**
 * How hard to try. The seed is fixed, so that a commit passes or fails for its own sake; raise both to hunt:
 *
 *     TREADLE_FC_RUNS=20000 TREADLE_FC_SEED=7 npx mocha 'spec/properties/*.spec.ts'
 */
const SEED = 20_240_607;

/** For a mocha timeout. A commit's runs take a few seconds together; a hunt takes as long as it is asked to. */
export const HUNTING_TIME = 3_600_000;

export function hunt(runs: number): fc.Parameters<unknown> & { seed: number; numRuns: number } {
  const factor = process.env['TREADLE_FC_RUNS'];
  const seed = process.env['TREADLE_FC_SEED'];
  return {
    numRuns: factor === undefined ? runs : Number(factor),
    seed: seed === undefined ? SEED : Number(seed),
  };
}
