/** Runs that are recorded, and replayed: helpers of spec/debug/replay. */
import { expect } from 'chai';
import { type Coroutine, type Run, type RunOptions, run } from 'treadle';
import { record, replay, type Stepper } from 'treadle/debug';

export type Main<T> = () => Coroutine<T>;

/** What it throws, or rejects with. */
export async function failing(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('it was to fail, and did not');
}

export async function recorded<T>(
  main: Main<T>,
  options: RunOptions = {},
  meddle?: (run: Run<T>) => void,
): Promise<[text: string, ended: unknown]> {
  using recorder = record();
  const running = run(main, options);
  meddle?.(running);
  const ended = await running.catch((error: unknown) => error);
  return [recorder.text, ended];
}

/** Replays it to the end; gives what it ended with. */
export function again<T>(main: Main<T>, text: string, options = {}): unknown {
  const stepper = replay(main, text, options);
  stepper.continue();
  return thrownOrValue(stepper);
}

function thrownOrValue(stepper: Stepper<unknown>): unknown {
  try {
    return stepper.result;
  } catch (error) {
    return error;
  }
}

export async function same<T>(
  main: Main<T>,
  options: RunOptions = {},
  meddle?: (run: Run<T>) => void,
): Promise<unknown> {
  const [text, ended] = await recorded(main, options, meddle);
  const replayed = again(main, text);
  if (ended instanceof Error) {
    expect(replayed).to.be.instanceOf(ended.constructor);
    expect([(replayed as Error).name, (replayed as Error).message]).to.deep.equal([
      ended.name,
      ended.message,
    ]);
  } else expect(replayed).to.deep.equal(ended);
  return replayed;
}
