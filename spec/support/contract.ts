/**
 * The semantic specs are written once and run on every backend.
 *
 *     onEachBackend('sleep', (run) => {
 *       it('waits', async () => { await run(function* () { yield* sleep(5); }); });
 *     });
 *
 * `run` is the public `run` with the backend already chosen. On `virtual` nothing waits; on `node` the same
 * program takes real time, so durations here are a few milliseconds and assertions compare order, not times,
 * unless `exactTime` is true (the virtual clock compares with `===`).
 */
import { type BackendName, type Operation, type Run, type RunOptions, run } from 'treadle';

export type BoundRun = <T>(main: () => Operation<T>, options?: RunOptions) => Run<T>;

export interface ContractInfo {
  readonly backend: BackendName;
  readonly exactTime: boolean;
}

export const CONTRACT_BACKENDS: readonly BackendName[] = ['virtual', 'node', 'web'];

export function onEachBackend(title: string, define: (run: BoundRun, info: ContractInfo) => void): void {
  for (const backend of CONTRACT_BACKENDS) {
    describe(`${title} [${backend}]`, () => {
      define((main, options) => run(main, { backend, ...options }), {
        backend,
        exactTime: backend === 'virtual',
      });
    });
  }
}

/** Awaits a promise that must reject and gives back what it rejected with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}

/** Runs a function that must throw and gives back what it threw. */
export function thrown(fn: () => unknown): unknown {
  let value: unknown;
  try {
    value = fn();
  } catch (error) {
    return error;
  }
  throw new Error(`expected an exception, got ${String(value)}`);
}
