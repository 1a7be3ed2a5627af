/**
 * Readings outside of all steps: `const begin = performance.now()` in front of `run`. They are told apart by the place
 * in the program that reads, for the order in which different places read is not the same each time.
 */
import { ownerOf } from '../../base/stack-text.js';
import { decodeValue } from './decode-value.js';
import { encodeValue, type Json } from './encode-value.js';
import { type BackgroundReadings, readInBackground, readingBy } from './readings.js';
import type { Recording } from './recording.js';

/** The line of the program that called; undefined if it is not the program that reads. */
function readingSite(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 8;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  // Above it are the tap, this module and its callers: the library's, all of them.
  const caller = frames.find(
    (frame) => ownerOf(frame) !== 'treadle' && !/^ {4}at new Date|<anonymous>\)?$/.test(frame),
  );
  if (caller === undefined || ownerOf(caller) !== 'user' || caller.includes('/node_modules/'))
    return undefined;
  return /\(?([^\s(]+:\d+:\d+)\)?$/.exec(caller)?.[1];
}

/** Writes them down. */
export class RecordBackground implements BackgroundReadings {
  private readonly write: (what: string, site: string, value: Json) => void;

  constructor(write: (what: string, site: string, value: Json) => void) {
    this.write = write;
  }

  read(what: string, real: () => unknown): unknown {
    const value = real();
    const site = readingSite();
    if (site !== undefined) this.write(what, site, encodeValue(value));
    return value;
  }
}

/**
 * Gives what was read there. Where the recording has nothing, the clocks begin where they began then, go as clocks go,
 * and are put forward with each time that the recording knows of.
 */
export class ReplayBackground implements BackgroundReadings {
  /** What is left of the readings, by what was read and where. */
  private readonly left: Map<string, Json[]>;
  /** What is added to the real clock. */
  private offset: number;
  /** From the clock of `performance.now` to that of `Date.now`. */
  private readonly toDate: number;

  constructor({ header: { began }, background }: Recording) {
    this.left = new Map([...background].map(([key, values]) => [key, [...values]]));
    this.offset = began.performance - performance.now();
    this.toDate = began.date - began.performance;
    readInBackground(this);
  }

  read(what: string, real: () => unknown): unknown {
    const site = readingSite();
    const recorded = site === undefined ? undefined : this.left.get(`${what} ${site}`)?.shift();
    if (recorded !== undefined) return decodeValue(recorded, { name: what, onUse() {} });
    if (what === 'performance.now') return (real() as number) + this.offset;
    if (what === 'Date.now') return Math.floor(performance.now() + this.toDate);
    return real();
  }

  /** The recording has come to this time, on the clock of `performance.now`. */
  putForward(time: number): void {
    const now = readingBy(null, () => performance.now());
    if (time > now) this.offset += time - now;
  }
}
