/**
 * The package as users get it: built once, in a copy of the sources beside nothing else, and used from another
 * directory through its `exports`.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { build } from 'esbuild';

const exec = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILD_TIME = 120_000;

/** Everything that leaves by the front door and exists at run time. A name is added here when it is made public. */
const NAMES = [
  // coroutines and effects
  'Effect',
  'KEEP_WAITING',
  'call',
  'cancelShieldedCheckpoint',
  'checkpoint',
  'checkpointIfCancelled',
  'coroutine',
  'currentTime',
  'sleep',
  'sleepForever',
  'sleepUntil',
  'suspend',
  'until',
  // running
  'getAvailableBackends',
  'main',
  'run',
  'runSync',
  // groups
  'TASK_STATUS_IGNORED',
  'TaskGroup',
  'TaskHandle',
  'taskGroup',
  // cancellation and timeouts
  'CancelScope',
  'Cancelled',
  'cancelScope',
  'currentEffectiveDeadline',
  'failAfter',
  'failAt',
  'isCancelled',
  'moveOnAfter',
  'moveOnAt',
  'shield',
  // errors
  'BrokenResourceError',
  'BusyResourceError',
  'ClosedResourceError',
  'DeadlockError',
  'EndOfStream',
  'ExceptionGroup',
  'NoEventLoopError',
  'RunFinishedError',
  'TaskCancelled',
  'TaskFailed',
  'TaskNotFinished',
  'TimeoutError',
  'WouldBlock',
  'except',
  // synchronisation
  'AlreadyHeldError',
  'AlreadySetError',
  'CapacityLimiter',
  'Condition',
  'Event',
  'Future',
  'Lock',
  'NotHeldError',
  'ResourceGuard',
  'Semaphore',
  // concurrency helpers
  'all',
  'allSettled',
  'any',
  'asCompleted',
  'attempt',
  'every',
  'gather',
  'map',
  'race',
  'retry',
  // beyond fail-fast
  'defer',
  'deferring',
  'isStopRequested',
  'stopRequested',
  'supervise',
  'use',
  // looking inside
  'currentTask',
  'runningTasks',
  // streams, portals, events, context
  'Context',
  'ContextVar',
  'copyContext',
  'events',
  'fromAsyncIterable',
  'once',
  'withPortal',
  'BufferedByteReceiveStream',
  'debounce',
  'DelimiterNotFound',
  'IncompleteRead',
  'MemoryObjectReceiveStream',
  'MemoryObjectSendStream',
  'createMemoryObjectStream',
  'fromNodeReadable',
  'fromNodeDuplex',
  'fromNodeWritable',
  'StapledByteStream',
  'StapledObjectStream',
  'takeLatest',
  'takeLeading',
  'TextReceiveStream',
  'TextSendStream',
  'TextStream',
  'throttle',
  'toNodeReadable',
  'toNodeWritable',
  'toWebReadable',
  'toWebWritable',
  'fromWebReadable',
  'fromWebWritable',
];

/** What leaves by the other doors, and by none but these. */
const OTHER_DOORS: Readonly<Record<string, readonly string[]>> = {
  'treadle/testing': [
    'Sequencer',
    'VirtualBackend',
    'assertCheckpoints',
    'assertNoCheckpoints',
    'cancelEverywhere',
    'coroutineTests',
    'recorder',
    'waitAllTasksBlocked',
    'watchLeaks',
  ],
  'treadle/debug': [
    'ForeignWaitError',
    'RecordingError',
    'ReplayDivergence',
    'RunRecorder',
    'RunReplayer',
    'chromeTrace',
    'createStepper',
    'formatError',
    'formatTasks',
    'inspectTasks',
    'installDumpSignal',
    'locateDeadlocks',
    'readRecording',
    'record',
    'replay',
    'replayRuns',
    'spawnLocation',
    'spawnPath',
    'spawnTraces',
    'stepRuns',
    'watchDelegation',
    'watchDog',
  ],
  'treadle/mocha': ['after', 'afterEach', 'before', 'beforeEach', 'it', 'onEachBackend', 'withOptions'],
  'treadle/lowlevel': ['PENDING', 'WaitQueue', 'Waiter', 'waitEffects'],
};

/** And what exists only for the compiler. */
const TYPES = [
  'Backend',
  'BackendName',
  'Coroutine<number>',
  'Deadline',
  'ErrorClass<Error>',
  'ExceptionGroupOf<Error>',
  'Instrument',
  'Operation<number>',
  'Run<number>',
  'RunOptions',
  'TaskInfo',
  'TaskStatus<number>',
  'ContextVarToken<number>',
  'EventEmitterLike',
  'MemoryObjectStreamPair<number>',
  'Portal',
  'ReceiveStream<number>',
  'RetryPolicy',
];

const PROGRAM = `
import { run, sleep, taskGroup } from 'treadle';

const lines = await run(function* () {
  const handles = yield* taskGroup(function* (tg) {
    return [3, 1, 2].map((n) => tg.startSoon(function* () {
      yield* sleep(n);
      return 'task ' + n;
    }));
  });
  return handles.map((handle) => handle.returnValue);
});
console.log(lines.join(', '));
`;

const DOORS_PROGRAM = `
import { run, taskGroup } from 'treadle';
import { PENDING, WaitQueue, waitEffects } from 'treadle/lowlevel';
import { cancelEverywhere, waitAllTasksBlocked } from 'treadle/testing';

const queue = new WaitQueue();
const pass = waitEffects({ name: 'pass', tryNow: () => PENDING, queueOf: () => queue });
const log = [];
function* waiter() {
  log.push('waits');
  yield* pass();
  log.push('opened');
}
await run(function* () {
  yield* taskGroup(function* (tg) {
    tg.startSoon(waiter);
    yield* waitAllTasksBlocked();
    log.push('blocked');
    queue.wakeAll();
  });
});
await cancelEverywhere(() => waitAllTasksBlocked());
console.log([...log, 'passed'].join(', '));
`;

/** What a user's TypeScript leans on: inference through the built declarations, and every public type by name. */
const TYPED_PROGRAM = `
import { copyContext, failAfter, run, sleep, taskGroup } from 'treadle';
import { PENDING, WaitQueue, type Waiter, waitEffects } from 'treadle/lowlevel';
import { it } from 'treadle/mocha';
import { coroutineTests, recorder, waitAllTasksBlocked } from 'treadle/testing';
import type { ${TYPES.map((type) => type.replace(/<.*/, '')).join(', ')} } from 'treadle';

export type All = [${TYPES.join(', ')}];

function* serve(port: number, status: TaskStatus<string>): Coroutine<boolean> {
  yield* sleep(1);
  status.started(String(port));
  return true;
}

export const result: Promise<[string, boolean, number]> = run(function* () {
  return yield* taskGroup(function* (tg): Coroutine<[string, boolean, number]> {
    const handle = yield* tg.startTask(serve, [80]);
    tg.createTask(sleep(1), { context: copyContext() });
    const slept = yield* failAfter(5, function* () {
      yield* sleep(1);
      return 5;
    });
    return [handle.startValue, yield* handle, slept];
  });
});

const queue = new WaitQueue<number, string>();
const pass = waitEffects<undefined, number, string>({ name: 'pass', tryNow: () => PENDING, queueOf: () => queue });
export const waiting: Waiter<number, string> | null = queue.first;
it('is a test', function* () {
  this.timeout(100);
  yield* waitAllTasksBlocked();
  const given: string = yield* pass(undefined, 5);
  const lines: readonly string[] = recorder().events;
  return [given, lines];
});
export const adapted: typeof coroutineTests = coroutineTests;

// @ts-expect-error a forgotten star does not compile against the built declarations either
export function* forgotten(): Coroutine<void> { yield serve(80, { started() {} }); }
`;

/** What a child process that failed leaves behind. */
interface Failure {
  readonly stdout: string;
  readonly stderr: string;
}

describe('the package', function () {
  this.timeout(BUILD_TIME);
  let directory = '';
  let dist = '';
  let consumer = '';

  before(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'treadle-package-')));
    const home = join(directory, 'package');
    for (const name of ['lib', 'docs', '.build', 'package.json', 'tsconfig.json']) {
      await cp(join(ROOT, name), join(home, name), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'));
    await exec('npm', ['run', 'build'], { cwd: home }).catch(({ stdout, stderr }: Failure) => {
      throw new Error(`the build failed:\n${stdout}${stderr}`);
    });
    dist = join(home, 'dist');
    consumer = join(directory, 'consumer');
    await mkdir(join(consumer, 'node_modules'), { recursive: true });
    await symlink(home, join(consumer, 'node_modules', 'treadle'));
    await writeFile(join(consumer, 'package.json'), '{ "type": "module" }');
  });

  after(() => rm(directory, { recursive: true, force: true }));

  it('runs a program from another directory, in plain Node', async () => {
    await writeFile(join(consumer, 'program.js'), PROGRAM);
    const { stdout } = await exec(process.execPath, ['program.js'], { cwd: consumer });
    expect(stdout).to.equal('task 3, task 1, task 2\n');
  });

  it('exports what it promises, and nothing else', async () => {
    const script = `console.log(JSON.stringify(Object.keys(await import('treadle'))))`;
    const { stdout } = await exec(process.execPath, ['--input-type=module', '-e', script], { cwd: consumer });
    const names: unknown = JSON.parse(stdout);
    expect(names).to.have.members(NAMES);
  });

  for (const [door, promised] of Object.entries(OTHER_DOORS)) {
    it(`exports by ${door} what it promises, and nothing else`, async () => {
      const script = `console.log(JSON.stringify(Object.keys(await import('${door}'))))`;
      const { stdout } = await exec(process.execPath, ['--input-type=module', '-e', script], {
        cwd: consumer,
      });
      const names: unknown = JSON.parse(stdout);
      expect(names).to.have.members([...promised]);
    });
  }

  it('leaves every class its name', async () => {
    const doors = JSON.stringify(['treadle', ...Object.keys(OTHER_DOORS)]);
    const script = `
      const wrong = [];
      for (const door of ${doors}) {
        for (const [name, value] of Object.entries(await import(door))) {
          if (/^class/.test(String(value)) && value.name !== name) wrong.push(name + ' is ' + value.name);
        }
      }
      console.log(JSON.stringify(wrong));`;
    const { stdout } = await exec(process.execPath, ['--input-type=module', '-e', script], { cwd: consumer });
    expect(JSON.parse(stdout)).to.deep.equal([]);
  });

  it('is one copy behind all its doors: what one makes the other takes', async () => {
    await writeFile(join(consumer, 'doors.js'), DOORS_PROGRAM);
    const { stdout } = await exec(process.execPath, ['doors.js'], { cwd: consumer });
    expect(stdout).to.equal('waits, blocked, opened, passed\n');
  });

  for (const [name, module, moduleResolution] of [
    ['NodeNext', 'NodeNext', 'NodeNext'],
    ['Bundler', 'ESNext', 'Bundler'],
  ] as const) {
    it(`has declarations that compile under strict settings, with ${name} resolution`, async () => {
      const project = join(consumer, name);
      await mkdir(project);
      await writeFile(join(project, 'program.ts'), TYPED_PROGRAM);
      // No skipLibCheck and no types: the declarations must stand by themselves, with the libraries of the target.
      const compilerOptions = {
        target: 'ES2022',
        module,
        moduleResolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        types: [],
        noEmit: true,
      };
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const told = await exec(process.execPath, [tsc, '-p', project], { cwd: consumer }).then(
        () => '',
        ({ stdout }: Failure) => stdout,
      );
      expect(told).to.equal('');
    });
  }

  it('has declarations without any, but for what the contract itself says', async () => {
    const said: string[] = [];
    for (const name of await readdir(dist, { recursive: true })) {
      if (!name.endsWith('.d.ts')) continue;
      const text = (await readFile(join(dist, name), 'utf8')).replaceAll(/\/\*[\s\S]*?\*\//g, '');
      said.push(...(text.match(/^.*\bany\b.*$/gm) ?? []).map((line) => line.trim()));
    }
    // The third parameter of Iterator takes what the loop sends, and a class may take any arguments.
    const allowed = [
      /\[Symbol\.iterator\]\(\): Iterator<Effect<unknown>, T, any>;/,
      /^export type ErrorClass</,
      /^export declare function any</, // the helper of that name
      /\bany\b.* from '\.\/concurrency\/any\.js'/,
      // EventEmitterLike, and what an EventTarget tells of its events.
      /^(on|off)\(name: string \| symbol, listener: \(\.\.\.args: any\[\]\) => void\): unknown;$/,
      /^\[P in `on\$\{K\}`\]: \(\(this: any, event: infer E\) => any\) \| null;$/,
    ];
    expect(said.filter((line) => !allowed.some((pattern) => pattern.test(line)))).to.deep.equal([]);
  });

  it('imports nothing: no dependency, and Node, if at all, only when it is there', async () => {
    const { metafile } = await build({
      entryPoints: [join(dist, 'index.js')],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      write: false,
      metafile: true,
      external: ['*'],
      logLevel: 'silent',
    });
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
    const outside = imports.filter(({ path, external }) => external === true && !path.startsWith('.'));
    expect(
      outside.filter(({ kind, path }) => kind !== 'dynamic-import' || !path.startsWith('node:')),
    ).to.deep.equal([]);
  });

  it('loads from two files, for each of them takes an import a millisecond more', async () => {
    const { metafile } = await build({
      entryPoints: [join(dist, 'index.js')],
      bundle: true,
      format: 'esm',
      platform: 'node',
      write: false,
      metafile: true,
      // A door that is shaken would not tell what Node loads.
      ignoreAnnotations: true,
      logLevel: 'silent',
    });
    expect(Object.keys(metafile.inputs)).to.have.lengthOf(2);
  });

  it('has no dependencies to install, and ships only what is built and the guides', async () => {
    const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(manifest).to.not.have.any.keys('dependencies', 'peerDependencies', 'optionalDependencies');
    expect(manifest).to.have.property('type', 'module');
    const home = join(directory, 'package');
    const { stdout } = await exec('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: home });
    const packed: readonly { files: readonly { path: string }[] }[] = JSON.parse(stdout);
    const paths = packed.flatMap(({ files }) => files.map(({ path }) => path));
    expect(paths).to.include.members(['dist/index.js', 'dist/index.d.ts', 'package.json']);
    expect(paths).to.include.members(['docs/debugging.md', 'docs/debugging-in-vscode.md']); // the command names them
    const doors = ['lowlevel', 'testing/index', 'testing/mocha'];
    expect(paths).to.include.members(doors.flatMap((door) => [`dist/${door}.js`, `dist/${door}.d.ts`]));
    expect(paths.filter((path) => /\.ts$/.test(path) && !path.endsWith('.d.ts'))).to.deep.equal([]);
    expect(paths.filter((path) => /^(lib|spec|node_modules)\//.test(path))).to.deep.equal([]);
  });

  it('has a command that starts by its name, and the licences of what is bundled with it', async () => {
    const command = join(dist, 'cli', 'main.js');
    const { stdout } = await exec(command, ['--help']); // by its first line, as a shell starts it
    expect(stdout).to.match(/^Usage: treadle/);
    const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(manifest).to.have.deep.property('bin', { treadle: 'dist/cli/main.js' });
    const licences = await readFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'ws', '@jridgewell/trace-mapping']) {
      expect(licences).to.match(new RegExp(`^${name} [\\d.]+ \\(MIT\\)$`, 'm'));
    }
    expect((await readdir(join(dist, 'cli'))).filter((name) => name.endsWith('.d.ts'))).to.deep.equal([]);
  });
});
