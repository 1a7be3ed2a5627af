import type { IncomingMessage, ServerResponse } from 'node:http';
import { Effect, FiberSet } from 'effect';
import type { Params, Stopwatch } from '../../harness/contract.js';
import { promised, type ReadyPoint, yielded } from '../../harness/effect-waits.js';
import { answer, close, idOf, listen, load } from '../../harness/http-server.js';

const handle = (ready: ReadyPoint, request: IncomingMessage, response: ServerResponse) =>
  Effect.gen(function* () {
    const id = idOf(request);
    yield* ready;
    yield* ready;
    answer(response, id);
  });

const serveBy = (ready: ReadyPoint) => (params: Params, watch: Stopwatch) => {
  const main = Effect.gen(function* () {
    const start = yield* FiberSet.makeRuntime();
    const server = yield* Effect.promise(() =>
      listen((request, response) => void start(handle(ready, request, response))),
    );
    const sum = yield* Effect.promise(() => load(server, params, watch));
    yield* Effect.promise(() => close(server));
    return sum;
  });
  return Effect.runPromise(Effect.scoped(main));
};
export default { promise: serveBy(promised), yieldNow: serveBy(yielded) };
