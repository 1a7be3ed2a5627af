/**
 * A task group as careful people write it over promises: children are tracked, the first error aborts the signal that
 * all of them were given, and the group settles when the last child has. It is the fair structured opponent; the plain
 * `native` systems promise nothing of the kind.
 */
export class PromiseGroup {
  readonly #controller = new AbortController();
  readonly #children = new Set<Promise<unknown>>();
  #error: { readonly value: unknown } | undefined;
  #cancelled = false;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  spawn<T>(fn: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const child = fn(this.#controller.signal);
    this.#children.add(child);
    child.then(
      () => this.#children.delete(child),
      (error: unknown) => {
        this.#children.delete(child);
        this.#failed(error);
      },
    );
    return child;
  }

  cancel(reason?: unknown): void {
    this.#cancelled = true;
    this.#controller.abort(reason);
  }

  #failed(error: unknown): void {
    if (this.#cancelled && error === this.signal.reason) return;
    this.#error ??= { value: error };
    this.#controller.abort(error);
  }

  /** Settles when body and children have ended; rejects with the first error. Its own `cancel` is no error. */
  static async run<R>(body: (group: PromiseGroup) => Promise<R>): Promise<R | undefined> {
    const group = new PromiseGroup();
    let result: R | undefined;
    try {
      result = await body(group);
    } catch (error) {
      group.#failed(error);
    }
    // A child may have spawned others meanwhile.
    while (group.#children.size > 0) await Promise.allSettled(group.#children);
    if (group.#error !== undefined) throw group.#error.value;
    return result;
  }
}
