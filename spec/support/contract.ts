/**
 * The semantic specs are written once and run on every backend.
 *
 *     onEachBackend('sleep', (run, { it }) => {
 *       it('waits', function* () { yield* sleep(5); });
 *       it('rejects with what main throws', async () => { … await rejection(run(function* () { … })) … });
 *     });
 *
 * A spec that is a coroutine is a run of its own, by Treadle's testing kit: it fails if it leaves something behind.
 * For specs about the run itself `run` is the public `run` with the backend already chosen. On `virtual` nothing
 * waits; on `node` the same program takes real time, so durations here are a few milliseconds and assertions compare
 * order, not times, unless `exactTime` is true (the virtual clock compares with `===`).
 */
import { type BackendName, type Operation, type Run, type RunOptions, run } from 'treadle';
import { type MochaContext, withOptions } from 'treadle/mocha';

export type BoundRun = <T>(main: () => Operation<T>, options?: RunOptions) => Run<T>;

type CoroutineSpec = (this: MochaContext) => Operation<unknown>;
type PlainSpec = Mocha.Func | Mocha.AsyncFunc;

/** A spec: a coroutine on the chosen backend, or, where its subject is a run, a function of mocha's own. */
export interface DefineSpec {
  (title: string, body: CoroutineSpec): void;
  (title: string, body: PlainSpec): Mocha.Test;
}

export interface ContractInfo {
  readonly backend: BackendName;
  readonly exactTime: boolean;
  readonly it: DefineSpec;
}

export const CONTRACT_BACKENDS: readonly BackendName[] = ['virtual', 'node', 'web'];

export function onEachBackend(title: string, define: (run: BoundRun, info: ContractInfo) => void): void {
  for (const backend of CONTRACT_BACKENDS) {
    describe(`${title} [${backend}]`, () => {
      define((main, options) => run(main, { backend, ...options }), {
        backend,
        exactTime: backend === 'virtual',
        it: specsOn(backend),
      });
    });
  }
}

/** `it` for specs of both kinds; those that are coroutines run on this backend. */
export function specsOn(backend: BackendName): DefineSpec {
  const coroutines = withOptions({ backend });
  function define(title: string, body: CoroutineSpec): void;
  function define(title: string, body: PlainSpec): Mocha.Test;
  function define(title: string, body: CoroutineSpec | PlainSpec): Mocha.Test | void {
    if (!isCoroutine(body)) return it(title, body);
    coroutines.it(title, body);
  }
  return define;
}

const GeneratorFunction = function* () {}.constructor;

function isCoroutine(body: CoroutineSpec | PlainSpec): body is CoroutineSpec {
  return body.constructor === GeneratorFunction;
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
