/**
 * Going back, on the virtual clock: the stepper executes the program anew up to an earlier step. What the program
 * writes to its output meanwhile it has written before, so it is kept back.
 */
import type { Step } from '../../debug/stepper/step.js';
import type { Stepper } from '../../debug/stepper/stepper-contract.js';
import type { Motion } from './moves.js';
import { RequestError } from './request-error.js';

export interface Traveller<S> {
  readonly stepper: Stepper<unknown>;
  /** A motion, with all that it must be interrupted for. */
  carryOut(begin: Motion, resume: Motion): Promise<Step | undefined>;
  /** Why the program would stop after this step; undefined: it would not. */
  stopAfter(step: Step): Promise<S | undefined>;
}

/** @throws RequestError if this run cannot go back. */
export function checkWayBack(stepper: { readonly last: Step | undefined }): void {
  if (!('goTo' in stepper)) {
    throw new RequestError(
      'Only a run on the virtual clock can go back; this one is on a real one. Launch a program that exports main ' +
        'with "backend": "virtual", or call run(main, { backend: "virtual" }) in it.',
    );
  }
  if (stepper.last === undefined) throw new RequestError('The run is at its beginning.');
}

/**
 * Goes back: by a step, or to where a breakpoint held before, at the latest to the beginning. Gives the breakpoint's
 * reason to stop there, if there is one.
 */
export async function goBack<S>(
  move: 'stepBack' | 'reverseContinue',
  traveller: Traveller<S>,
): Promise<S | undefined> {
  if (move === 'reverseContinue') return runBack(traveller);
  await goTo(traveller, (traveller.stepper.last?.index ?? 1) - 1);
  return undefined;
}

async function runBack<S>(traveller: Traveller<S>): Promise<S | undefined> {
  const { stepper } = traveller;
  const end = stepper.last?.index ?? 0;
  let found: S | undefined;
  let index = 0;
  await goTo(traveller, 0);
  const again: Motion = () => quietly(() => stepper.resume());
  for (let motion: Motion = () => quietly(() => stepper.continue()); ; motion = again) {
    const step = await traveller.carryOut(motion, again);
    if (step === undefined || step.index >= end) break;
    const stop = await traveller.stopAfter(step);
    if (stop !== undefined) [found, index] = [stop, step.index];
  }
  await goTo(traveller, index);
  return found;
}

async function goTo<S>({ stepper, carryOut }: Traveller<S>, index: number): Promise<void> {
  const motion: Motion = () => {
    quietly(() => stepper.goTo(index));
    return undefined;
  };
  await carryOut(motion, motion);
}

function quietly<T>(motion: () => T): T {
  using _ = muted();
  return motion();
}

/** Who keeps the program's output back, and what puts it right again. */
let mutes = 0;
let unmute: () => void;

/** Keeps back what the program writes, until it is disposed of. */
export function muted(): Disposable {
  if (mutes++ === 0) {
    const streams = [process.stdout, process.stderr];
    const writes = streams.map(({ write }) => write);
    for (const stream of streams) stream.write = () => true;
    unmute = () => {
      streams.forEach((stream, at) => {
        stream.write = writes[at] as typeof stream.write;
      });
    };
  }
  return {
    [Symbol.dispose]() {
      if (--mutes === 0) unmute();
    },
  };
}
