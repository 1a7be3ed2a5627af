import type { Sample } from '../../harness/contract.js';
import { answer, idOf, serve } from '../../harness/http-server.js';

/** No task, no wait. */
const sample: Sample = (params, watch) =>
  serve((request, response) => answer(response, idOf(request)), params, watch);
export default sample;
