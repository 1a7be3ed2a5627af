/**
 * The first page's program with `async`/`await`, and with what a task group promises made by hand: the first
 * failure stops the others, all have ended before anyone goes on, no error is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';

async function authenticate(signal: AbortSignal): Promise<void> {
  await sleep(300, undefined, { signal });
}

async function fetchEndpoint(endpoint: string, delay: number, signal: AbortSignal): Promise<string> {
  await sleep(delay, undefined, { signal });
  return `${endpoint}: 200 OK`;
}

async function main(): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  await authenticate(signal);
  const requests = [
    fetchEndpoint('/users', 1000, signal),
    fetchEndpoint('/orders', 500, signal),
    fetchEndpoint('/products', 1500, signal),
  ];
  const errors: unknown[] = [];
  for (const request of requests) {
    request.catch((error) => {
      if (!(error instanceof Error && error.name === 'AbortError')) errors.push(error);
      controller.abort();
    });
  }
  const settled = await Promise.allSettled(requests);
  if (errors.length > 0) throw new AggregateError(errors);
  for (const result of settled) if (result.status === 'fulfilled') console.log(result.value);
}

await main();
