/**
 * The engine against Trio: random programs, and what each of their tasks did, and when, on Trio with a virtual
 * clock. Treadle must do the same at the same times. How the fixture is made is told in README.md.
 *
 * What is promised by neither is not compared: the order in which different tasks run at one moment. And these
 * differ on purpose, or are Trio's own; golden.py leaves them out, or both interpreters even them out:
 *
 * - G2: cancellations are left out of groups. Trio keeps them beside the errors, and so its scopes catch them there:
 *   `cancelledCaught` is compared only where no error leaves the scope.
 * - G3: waiting for the children at the end of a group is no cancellation point: both look for one right after it.
 *   Whether a group's own scope has caught anything is not compared.
 * - G5: who is cancelled while in start() gets Cancelled, whatever the child did; with Trio what the child threw, or
 *   what it gave to started().
 * - Trio cancels a nursery's scope also when its body or a child ends with a cancellation from further out:
 *   `cancelCalled` of groups is not compared.
 * - C5: a deadline that is not ahead cancels at once. Trio notices it at the next turn of its loop: golden.py cancels.
 * - L5, and a task that waits for its own end: errors here, and there they wait for ever. So each program has a limit
 *   of time, and no task joins itself.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { play, type Story, VIAS } from './interpreter.js';
import type { Block } from './program.js';

interface Golden {
  readonly seed: number;
  readonly program: Block;
  readonly story: Story;
}

interface Origin {
  /** The version that gave the stories. */
  readonly trio: string;
}

const fixture = readFileSync(new URL('./programs.jsonl', import.meta.url), 'utf8');
const [origin, ...programs]: [Origin, ...Golden[]] = JSON.parse(`[${fixture.trim().split('\n').join(',')}]`);

describe(`what Trio ${origin.trio} did`, () => {
  for (const via of VIAS) {
    it(`is what Treadle does (${via})`, () => {
      expect(programs).not.empty;
      for (const { seed, program, story } of programs) {
        expect(play(program, via), `the program of seed ${seed}`).deep.equal(story);
      }
    });
  }
});
