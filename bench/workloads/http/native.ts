import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Sample } from '../../harness/contract.js';
import { answer, idOf, serve } from '../../harness/http-server.js';

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = idOf(request);
  await null;
  await null;
  answer(response, id);
}

const sample: Sample = (params, watch) =>
  serve((request, response) => void handle(request, response), params, watch);
export default sample;
