import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Operation, run, until, useScope } from 'effection';
import type { Sample } from '../../harness/contract.js';
import { answer, close, idOf, listen, load } from '../../harness/http-server.js';

function* handle(request: IncomingMessage, response: ServerResponse): Operation<void> {
  const id = idOf(request);
  yield* until(Promise.resolve());
  yield* until(Promise.resolve());
  answer(response, id);
}

const sample: Sample = async (params, watch) =>
  await run(function* () {
    const scope = yield* useScope();
    const server: Server = yield* until(
      listen((request, response) => void scope.run(() => handle(request, response))),
    );
    const sum = yield* until(load(server, params, watch));
    yield* until(close(server));
    return sum;
  });
export default sample;
