/**
 * Which program is a file? There are two sorts, and a command (`run`, `trace`, `debug`) takes both:
 *
 *     export function* main() {…}       the file gives a program: the command runs it, as its `main(body)` would;
 *     export default function* () {…}   the same
 *
 *     await run(function* () {…});      the file is a program: loading it is running it
 *
 * A file that has begun a run while it was loaded is of the second sort, whatever it exports. One that has not, and
 * exports nothing to run, may begin one later (a server that does at the first request), so only when the process
 * would end without one is it said that there was nothing to run.
 *
 * The file is loaded into this very process, which looks as if it had been started with it: `process.argv` is that
 * of the program.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatErrorTree } from '../base/error-tree.js';
import type { Operation } from '../kernel/effect.js';
import { observeRuns, type RunObserver } from '../kernel/run-observer.js';
import { BAD_INPUT, InputError } from './input-error.js';
import { ownFile } from './own-file.js';
import { type TreadleCopy, treadleCopy } from './treadle-copy.js';
import { readTypeScript } from './typescript.js';

export type Body = (this: void) => Operation<unknown>;

export interface Program {
  /** An absolute path. */
  readonly file: string;
  /** The copy of the package that the program uses. */
  readonly treadle: TreadleCopy;
  /**
   * Loads the file. Gives the program that it exports, which is still to be run; undefined if it runs by itself.
   * `observer` is in the way of every run from now on. What the file throws while it is loaded is thrown on.
   */
  load(observer?: RunObserver): Promise<Body | undefined>;
}

/** What an unsettled `await` at the top of a file makes Node exit with. */
const UNSETTLED = 13;

/**
 * Makes ready to load `file` with these arguments.
 * @throws InputError if there is no such file, or nothing here reads its language.
 */
export async function openProgram(name: string, args: readonly string[]): Promise<Program> {
  const file = resolve(name);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new InputError(`there is no file ${file}: give the path of the program to run`);
  if (!stat.isFile()) throw new InputError(`${file} is no file: give the path of the program itself`);
  const treadle = treadleCopy(file);
  const { doors } = treadle;
  const hooks = { ...(await readTypeScript(file)), ...(doors && { doors }) };
  if (Object.keys(hooks).length > 0) register(ownFile('cli/module-hooks'), { data: hooks });
  process.argv = [process.argv[0] as string, file, ...args];
  return { file, treadle, load: (observer) => load(file, treadle, observer) };
}

async function load(
  file: string,
  treadle: TreadleCopy,
  observer: RunObserver | undefined,
): Promise<Body | undefined> {
  (await treadle.debug()).locateDeadlocks?.(); // costs nothing until there is one
  let runs = 0;
  let state: 'loading' | 'loaded' | 'failed' = 'loading';
  observeRuns({
    instruments(run) {
      runs++;
      return observer?.instruments?.(run) ?? [];
    },
    loopFor: (run, parts) => observer?.loopFor?.(run, parts),
    takeOver(main, backend, options) {
      const taken = observer?.takeOver?.(main, backend, options);
      if (taken !== undefined) runs++;
      return taken;
    },
  });
  process.on('beforeExit', () => {
    if (state === 'loading') {
      console.error(
        `treadle: ${file} ended at an await outside of all functions that nothing will ever settle`,
      );
      process.exitCode = UNSETTLED;
    } else if (state === 'loaded' && runs === 0 && process.exitCode === undefined) {
      console.error(`treadle: ${nothingToRun(file)}`);
      process.exitCode = BAD_INPUT;
    }
  });
  let exports: Exports;
  try {
    exports = (await import(pathToFileURL(file).href)) as Exports;
    state = 'loaded';
  } catch (error) {
    state = 'failed';
    throw isUnloadable(error) ? new InputError(`${file} does not load: ${inWords(error, file)}`) : error;
  }
  const body = runs > 0 ? undefined : programOf(exports, file);
  if (body !== undefined) runs++; // the caller's
  return body;
}

interface Exports {
  readonly main?: unknown;
  readonly default?: unknown;
}

/** The program that a file exports. */
function programOf(exports: Exports, file: string): Body | undefined {
  const { default: byDefault } = exports;
  const fromCommonJs = typeof byDefault === 'object' ? (byDefault as Exports | null) : undefined;
  const main = exports.main ?? fromCommonJs?.main;
  if (main !== undefined) {
    if (typeof main === 'function' && kindOf(main) !== 'AsyncFunction') return main as Body;
    const what = typeof main === 'function' ? 'an async function' : 'no function';
    throw new InputError(`${file} exports a main that is ${what}: export function* main() {…}`);
  }
  for (const candidate of [byDefault, fromCommonJs?.default]) {
    if (typeof candidate === 'function' && kindOf(candidate) === 'GeneratorFunction')
      return candidate as Body;
  }
  return undefined;
}

function kindOf(fn: object): string {
  return Object.prototype.toString.call(fn).slice('[object '.length, -1);
}

function nothingToRun(file: string): string {
  return (
    `${file} ran to its end and there was nothing to run: it exports no main and no default generator function, ` +
    'and calls neither run() nor main(). Write export function* main() {…}, or call run() in it.'
  );
}

/** What Node and the compilers say of a file that they cannot make a module of. */
const UNLOADABLE =
  /^ERR_(MODULE_NOT_FOUND|UNKNOWN_FILE_EXTENSION|PACKAGE_\w+|UNSUPPORTED_\w+|INVALID_TYPESCRIPT_SYNTAX|UNKNOWN_MODULE_FORMAT|REQUIRE_ESM)$|^MODULE_NOT_FOUND$/;

function isUnloadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, name } = error as { readonly code?: unknown; readonly name: string };
  return error instanceof SyntaxError || name === 'TransformError' || UNLOADABLE.test(String(code));
}

/** What is wrong, and where. */
function inWords(error: unknown, file: string): string {
  const { name, message } = error as Error;
  const place = error instanceof SyntaxError ? placeOfSyntaxError(file) : undefined;
  const text = `${name}: ${message}${place === undefined ? '' : `\n${place}`}`;
  return /top-level await.*cjs/i.test(message) ? `${text}\n${OF_NO_TYPE}` : text;
}

/** What compilers take for CommonJS is mostly meant as a module, where nothing says so. */
const OF_NO_TYPE =
  'No package.json beside it or above says that it is a module: name it .mts, or put { "type": "module" } into a package.json.';

/** Node keeps the place of a syntax error to itself, and prints it only for the file that it is started with. */
function placeOfSyntaxError(file: string): string | undefined {
  if (!/\.[mc]?js$/.test(file)) return undefined;
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  return /^(.+:\d+\n[\s\S]*?)\n+SyntaxError/.exec(stderr)?.[1];
}

/**
 * Runs a program to its end. The exit code is its own.
 * @throws InputError if the file does not load.
 */
export async function runProgram(program: Program, observer?: RunObserver): Promise<void> {
  let body: Body | undefined;
  try {
    body = await program.load(observer);
  } catch (error) {
    if (error instanceof InputError) throw error;
    console.error(formatErrorTree(error));
    // As under Node itself: what the file has left open, a server for example, does not keep it.
    process.exit(1);
  }
  if (body === undefined) return;
  const { main } = await program.treadle.core();
  main(body);
}
