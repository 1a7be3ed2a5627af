import type { Params } from '../../harness/contract.js';
import { TIMEOUT } from '../timeout.js';

async function operation(i: number): Promise<number> {
  return i;
}

/** Race and clear: what most programs do. The loser of the race is not stopped. */
async function raced(i: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), TIMEOUT);
  });
  try {
    return await Promise.race([operation(i), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function listening(i: number, signal: AbortSignal): Promise<number> {
  return await new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    operation(i)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** With an AbortController, so that the operation learns of the timeout. */
async function aborted(i: number): Promise<number> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('timed out')), TIMEOUT);
  try {
    return await listening(i, controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

export default {
  async race({ n }: Params) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + (await raced(i))) | 0;
    return sum;
  },
  async abort({ n }: Params) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum + (await aborted(i))) | 0;
    return sum;
  },
};
