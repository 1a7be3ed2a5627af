/** The statements of the programs in the fixture. What each does is best read in interpreter.ts. */

export type Block = readonly Statement[];

export type Statement =
  | Leaf
  | { readonly op: 'atomic'; readonly body: readonly Action[] }
  | { readonly op: 'return' }
  | { readonly op: 'started'; readonly value: number }
  | {
      readonly op: 'scope';
      readonly name: string;
      readonly kind: 'scope' | 'deadline' | 'moveOnAfter' | 'moveOnAt' | 'failAfter' | 'failAt';
      readonly ms?: number;
      readonly shield?: boolean;
      readonly body: Block;
    }
  | { readonly op: 'group'; readonly name: string; readonly body: Block }
  | Spawn
  /** With a lock, a semaphore or a capacity limiter. */
  | { readonly op: 'hold'; readonly on: string; readonly body: Block }
  | {
      readonly op: 'try';
      readonly catch: 'none' | 'errors' | 'all' | 'rethrow' | 'wrap';
      /** wrap: what is thrown along with what was caught. */
      readonly errors: readonly string[];
      readonly body: Block;
      readonly handler: Block;
      readonly finally: Block;
    };

export interface Spawn {
  readonly op: 'spawn' | 'start';
  readonly group: string;
  readonly task: string;
  readonly body: Block;
}

/** Statements that wait or do one thing. What a name stands for need not be there: then nothing is done. */
export type Leaf =
  | AtOnce
  | { readonly op: 'sleep'; readonly ms: number }
  | { readonly op: 'checkpoint' | 'checkpointIfCancelled' | 'shieldedCheckpoint' }
  | { readonly op: 'join'; readonly on: string; readonly value: boolean }
  | { readonly op: 'waitEvent' | 'receive'; readonly on: string }
  | { readonly op: 'send'; readonly on: string; readonly value: number }
  | OnCondition;

/** notify: 0 stands for all. */
export type OnCondition =
  | { readonly op: 'notify'; readonly on: string; readonly n: number }
  | { readonly op: 'waitCondition'; readonly on: string };

export type AtOnce =
  | { readonly op: 'throw'; readonly error: string }
  | { readonly op: 'throwGroup'; readonly errors: readonly string[] }
  | { readonly op: 'deadline' }
  | { readonly op: 'event' | 'lock' | 'condition'; readonly name: string }
  | { readonly op: 'semaphore' | 'limiter' | 'channel'; readonly name: string; readonly n: number };

/** What one task does to others, with nothing in between. */
export type Action =
  | {
      readonly op:
        | 'cancel'
        | 'cancelTask'
        | 'look'
        | 'setEvent'
        | 'receiveNowait'
        | 'close'
        | 'statistics'
        | 'acquireNowait';
      readonly on: string;
    }
  /** null: never. */
  | { readonly op: 'setDeadline'; readonly on: string; readonly ms: number | null }
  | { readonly op: 'setShield'; readonly on: string; readonly value: boolean }
  | { readonly op: 'setTotal'; readonly on: string; readonly n: number }
  | { readonly op: 'sendNowait'; readonly on: string; readonly value: number }
  | { readonly op: 'clone'; readonly on: string; readonly name: string };

export type Of<K extends Statement['op']> = Extract<Statement, { readonly op: K }>;
export type Named = Of<'scope'> | Of<'group'>;
