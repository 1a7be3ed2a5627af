import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Sample } from '../../harness/contract.js';
import { answer, close, idOf, listen, load } from '../../harness/http-server.js';
import { PromiseGroup } from '../../harness/native-group.js';

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const id = idOf(request);
  await null;
  signal.throwIfAborted();
  await null;
  signal.throwIfAborted();
  answer(response, id);
}

const sample: Sample = async (params, watch) => {
  let sum = 0;
  await PromiseGroup.run(async (group) => {
    const server = await listen((request, response) => {
      group.spawn((signal) => handle(request, response, signal));
    });
    sum = await load(server, params, watch);
    await close(server);
  });
  return sum;
};
export default sample;
