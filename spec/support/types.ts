/**
 * Type tests without a library. They are checked by the compiler (`make types`), not by mocha:
 *
 *     const n = yield* sleepThenGive(3);
 *     same<typeof n, number>();          // does not compile when n is anything else, any included
 *
 * What must not compile stands under `// @ts-expect-error`, in a function that `never` takes and does not call.
 */

/** True if the two types are identical. Not mutual assignability: `any` and `unknown` differ from all others. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** True for `any` alone. */
export type IsAny<T> = Equal<T, ReturnType<typeof JSON.parse>>;

/** Compiles only if the types are identical. Called without arguments; with a wrong type it would want three. */
export function same<A, B>(..._proof: Equal<A, B> extends true ? [] : ['these types differ:', A, B]): void {}

/** Takes what must only be compiled. */
export function never(..._neverCalled: (() => unknown)[]): void {}

/** The names of the members of T that are `any`, or functions that give `any`. */
export type AnyMembers<T> = {
  [K in keyof T]-?: IsAny<T[K]> extends true
    ? K
    : T[K] extends (...args: never[]) => infer R
      ? IsAny<R> extends true
        ? K
        : never
      : never;
}[keyof T];
