import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Coroutine, checkpoint, run, taskGroup, until, withPortal } from '../../../lib/index.js';
import type { Params, Stopwatch } from '../../harness/contract.js';
import { answer, close, type Handler, idOf, listen, load } from '../../harness/http-server.js';

const pass = checkpoint();

function* handle(request: IncomingMessage, response: ServerResponse): Coroutine<void> {
  const id = idOf(request);
  yield* pass;
  yield* pass;
  answer(response, id);
}

function* underLoad(handler: Handler, params: Params, watch: Stopwatch): Coroutine<number> {
  const server: Server = yield* until(listen(handler));
  const sum = yield* until(load(server, params, watch));
  yield* until(close(server));
  return sum;
}

export default {
  group: (params: Params, watch: Stopwatch) =>
    run(() =>
      taskGroup((tg) =>
        underLoad((request, response) => tg.startSoon(handle, request, response), params, watch),
      ),
    ),
  portal: (params: Params, watch: Stopwatch) =>
    run(() =>
      withPortal((portal) =>
        underLoad((request, response) => void portal.call(handle, request, response), params, watch),
      ),
    ),
};
