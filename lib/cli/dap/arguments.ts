/** What `launch.json` says, checked. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe } from '../../base/durations.js';
import type { ProcessOptions } from './launched-process.js';
import { RequestError } from './request-error.js';

/** What editors add for themselves. */
const OF_EDITORS =
  /^(type|name|request|preLaunchTask|postDebugTask|presentation|internalConsoleOptions|debugServer|serverReadyAction|suppress\w+|noDebug|debugViewLocation|windows|linux|osx|order|console|restart|__.*)$/;
export const LAUNCH: readonly string[] = [
  'program',
  'args',
  'cwd',
  'env',
  'backend',
  'stopOnEntry',
  'stopOnEnd',
  'runtimeArgs',
];
export const ATTACH: readonly string[] = ['pid', 'port'];

type Given = Readonly<Record<string, unknown>>;

/** @throws RequestError */
export function launchOptions(given: Given): ProcessOptions {
  const {
    program,
    args = [],
    env = {},
    backend,
    stopOnEntry = false,
    stopOnEnd = false,
    runtimeArgs = [],
  } = given;
  const { cwd = process.cwd(), noDebug } = given;
  if (typeof program !== 'string' || program === '') {
    throw refused('"program" is the path of the program to debug', program);
  }
  if (typeof cwd !== 'string') throw refused('"cwd" is the path of a folder', cwd);
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new RequestError(`"cwd" is to be a folder, and ${cwd} is none.`);
  }
  if (!areTexts(args)) throw refused('"args" is a list of texts', args);
  if (!areTexts(runtimeArgs)) throw refused('"runtimeArgs" is a list of texts', runtimeArgs);
  if (!isEnvironment(env)) throw refused('"env" has texts, or null for a variable to be taken away', env);
  if (backend !== undefined && backend !== 'virtual' && backend !== 'node') {
    throw refused('"backend" is "virtual" or "node"', backend);
  }
  if (typeof stopOnEntry !== 'boolean') throw refused('"stopOnEntry" is true or false', stopOnEntry);
  if (typeof stopOnEnd !== 'boolean') throw refused('"stopOnEnd" is true or false', stopOnEnd);
  const stops = noDebug !== true;
  return {
    program: resolve(cwd, program),
    args,
    cwd,
    env,
    backend,
    runtimeArgs,
    stopOnEntry: stopOnEntry && stops,
    stopOnEnd: stopOnEnd && stops,
  };
}

/** Which process to attach to: by its id, or by the port at which its inspector listens. @throws RequestError */
export function attachOptions(given: Given): { readonly pid: number } | { readonly port: number } {
  const pid = numberIn(given, 'pid');
  const port = numberIn(given, 'port');
  if (pid !== undefined && port === undefined) return { pid };
  if (port !== undefined && pid === undefined) return { port };
  throw new RequestError(
    '"attach" takes either "pid", the id of a live Node process, or "port", at which its inspector listens.',
  );
}

/**
 * A sentence on names that mean nothing, which are perhaps mistyped; undefined: there are none. It is no error, for
 * some editors pass on what is meant for themselves.
 */
export function unknownNames(request: 'launch' | 'attach', given: Given): string | undefined {
  const names = request === 'launch' ? LAUNCH : ATTACH;
  const unknown = Object.keys(given).filter((name) => !names.includes(name) && !OF_EDITORS.test(name));
  if (unknown.length === 0) return undefined;
  const listed = unknown.map((name) => `"${name}"`).join(', ');
  return `"${request}" knows no ${listed}; there are ${names.join(', ')}.`;
}

/** Editors fill in variables as texts. */
function numberIn(given: Given, name: string): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number > 0) return number;
  throw refused(`"${name}" is a whole number above 0`, value);
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isEnvironment(value: unknown): value is Record<string, string | null> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((one) => one === null || typeof one === 'string');
}

function refused(what: string, value: unknown): RequestError {
  return new RequestError(`${what}, not ${describe(value)}.`);
}
