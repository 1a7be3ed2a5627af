/**
 * Specs that start processes, several at once: most of their time is the start of Node. All of them run in one
 * `before`, and each `it` tells how its own has ended.
 */

/** Bodies that run at the same time. */
const WIDTH = 3;

export class SideBySide {
  private readonly bodies: (() => Promise<void>)[] = [];

  /** As `it`. */
  it(title: string, body: () => Promise<void>): void {
    let outcome: { readonly error?: unknown } | undefined;
    this.bodies.push(async () => {
      try {
        await body();
        outcome = {};
      } catch (error) {
        outcome = { error };
      }
    });
    it(title, () => {
      if (outcome === undefined) throw new Error('it was not run: call runAll() in a before()');
      if ('error' in outcome) throw outcome.error;
    });
  }

  async runAll(): Promise<void> {
    const waiting = this.bodies.values();
    const work = async (): Promise<void> => {
      for (const body of waiting) await body();
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
  }
}
