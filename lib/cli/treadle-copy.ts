/**
 * The copy of the package that a program uses. A project has it installed, the command may come from elsewhere, and
 * two copies do not know each other's tasks: what runs a program, steps it or looks into it must be of its own copy.
 * The hook by which a tool comes into runs (`run-observer.ts`) and plain instruments work across copies.
 */

import type { formatError } from '../debug/errors/format-error.js';
import type { locateDeadlocks } from '../debug/errors/locate-deadlocks.js';
import type { spawnTraces } from '../debug/errors/spawn-traces.js';
import type { readRecording } from '../debug/replay/read-recording.js';
import type { RunRecorder } from '../debug/replay/record.js';
import type { RunReplayer, replayRuns } from '../debug/replay/run-replayer.js';
import type { stepRuns } from '../debug/stepper/step-runs.js';
import type { createStepper } from '../debug/stepper/stepper.js';
import type { chromeTrace } from '../debug/trace/chrome-trace.js';
import type { main } from '../main.js';
import { ownFile } from './own-file.js';
import { resolveFrom } from './resolve-from.js';

/** The doors that a program may import, and the files behind them. */
const DOORS: Readonly<Record<string, string>> = {
  treadle: 'index',
  'treadle/lowlevel': 'lowlevel',
  'treadle/debug': 'debug/index',
  'treadle/testing': 'testing/index',
  'treadle/mocha': 'testing/mocha',
};

/** What the commands use of the front door. */
export interface Core {
  readonly main: typeof main;
}

/** What the commands use of the door `treadle/debug`. A copy of an earlier release may lack some. */
export interface DebugDoor {
  readonly RunRecorder: typeof RunRecorder;
  readonly RunReplayer: typeof RunReplayer;
  readonly replayRuns: typeof replayRuns;
  readonly readRecording: typeof readRecording;
  readonly chromeTrace: typeof chromeTrace;
  readonly createStepper: typeof createStepper;
  readonly formatError: typeof formatError;
  readonly locateDeadlocks?: typeof locateDeadlocks;
  readonly spawnTraces: typeof spawnTraces;
  readonly stepRuns: typeof stepRuns;
}

export interface TreadleCopy {
  /** The URLs of this command's own doors, if the program has no copy: its imports are to be led there. */
  readonly doors: Readonly<Record<string, string>> | undefined;
  core(): Promise<Core>;
  debug(): Promise<DebugDoor>;
}

/** The copy that `file` gets when it imports `treadle`; the command's own if there is none. */
export function treadleCopy(file: string): TreadleCopy {
  const core = resolveFrom(file, 'treadle');
  const isForeign = core !== undefined;
  const urlOf = (door: string): string =>
    (isForeign ? resolveFrom(file, door) : undefined) ?? ownFile(DOORS[door] as string);
  const own = Object.entries(DOORS).map(([door, name]) => [door, ownFile(name)] as const);
  return {
    doors: isForeign ? undefined : Object.fromEntries(own),
    core: () => import(urlOf('treadle')) as Promise<Core>,
    debug: () => import(urlOf('treadle/debug')) as Promise<DebugDoor>,
  };
}
