import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { channel, runSaga, type Task } from 'redux-saga';
import { call, cancel, fork, take } from 'redux-saga/effects';
import type { Sample } from '../../harness/contract.js';
import { answer, close, idOf, listen, load } from '../../harness/http-server.js';

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

function* handle({ request, response }: Exchange): Generator<unknown, void, unknown> {
  const id = idOf(request);
  yield Promise.resolve();
  yield Promise.resolve();
  answer(response, id);
}

const sample: Sample = (params, watch) => {
  const requests = channel<Exchange>();

  function* handleAll(): Generator<unknown, void, Exchange> {
    for (;;) yield fork(handle, yield take(requests));
  }

  function* main(): Generator<unknown, number, unknown> {
    const handlers = (yield fork(handleAll)) as Task;
    const server = (yield call(listen, (request: IncomingMessage, response: ServerResponse) =>
      requests.put({ request, response }),
    )) as Server;
    const sum = (yield call(load, server, params, watch)) as number;
    yield call(close, server);
    yield cancel(handlers);
    return sum;
  }
  return runSaga({}, main).toPromise<number>();
};
export default sample;
