/**
 * The `treadle` command as users have it: built, installed beside their programs, and started as a process. The
 * bundle is made once a process of specs; the folder with the programs is each spec file's own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../.build/bundle.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Milliseconds after which a command that was to end and has not is killed. */
const PATIENCE = 50_000;

let built: Promise<string> | undefined;

/** The folder of the package, as it is when it is installed. */
function builtPackage(): Promise<string> {
  built ??= (async () => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), 'treadle built ')));
    process.on('exit', () => rmSync(home, { recursive: true, force: true }));
    cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
    // Built where it lies, for the source maps to lead where those of an installed package do: to a lib that is not there.
    for (const name of ['lib', 'tsconfig.json'])
      cpSync(join(ROOT, name), join(home, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
    await bundle(home, join(home, 'dist'));
    unlinkSync(join(home, 'node_modules')); // rmSync of Node 24.9 takes the link for the folder
    rmSync(join(home, 'lib'), { recursive: true });
    return home;
  })();
  return built;
}

export interface Ended {
  /** As a shell shows it: the exit code, or 128 plus the number of the signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that a spec has started. */
export class Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';
  private changed: () => void = () => {};

  /** @param input for its standard input, which is empty without. */
  constructor(program: string, args: readonly string[], cwd: string, input = '') {
    const { NODE_OPTIONS: _none, NODE_V8_COVERAGE: _no, FORCE_COLOR: _never, ...env } = process.env;
    const child = spawn(program, args, { cwd, env, stdio: 'pipe' });
    child.stdin.on('error', () => {}); // it may end before it has read all
    child.stdin.end(input);
    this.process = child;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.changed();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.changed();
        const { stdout, stderr } = this;
        resolve({ code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'], stdout, stderr });
      });
    });
  }

  /** Waits for its end, and kills it if that does not come. */
  async endsInTime(): Promise<Ended> {
    const patience = setTimeout(() => this.process.kill('SIGKILL'), PATIENCE);
    try {
      return await this.ended;
    } finally {
      clearTimeout(patience);
    }
  }

  get pid(): number {
    return this.process.pid as number;
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Waits until it has written this to its standard output. @throws Error if it ends before. */
  async says(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      if (!this.isAlive)
        throw new Error(`the process ended and never said "${text}":\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
  }
}

/** A project of a user, with the package installed. */
export class Project {
  readonly folder: string;
  private readonly home: string;
  private readonly started: Started[] = [];

  private constructor(home: string, folder: string) {
    this.home = home;
    this.folder = folder;
  }

  static async create(): Promise<Project> {
    const home = await builtPackage();
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'treadle project ')));
    const project = new Project(home, folder);
    project.write('package.json', '{ "type": "module" }');
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(home, join(folder, 'node_modules', 'treadle'));
    return project;
  }

  /** Makes a package of ours one that this project has installed too. */
  install(name: string): void {
    symlinkSync(join(ROOT, 'node_modules', name), join(this.folder, 'node_modules', name));
  }

  /** Writes a file of the project. Gives its path. */
  write(name: string, source: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
    return path;
  }

  /** Starts `treadle` with these arguments in the folder of the project. */
  start(...args: string[]): Started {
    return this.node(join(this.home, 'dist/cli/main.js'), ...args);
  }

  /** Runs `treadle` to its end. */
  treadle(...args: string[]): Promise<Ended> {
    return this.start(...args).endsInTime();
  }

  /** Starts Node. */
  node(...args: string[]): Started {
    return this.spawn(process.execPath, ...args);
  }

  spawn(program: string, ...args: string[]): Started {
    const started = new Started(program, args, this.folder);
    this.started.push(started);
    return started;
  }

  /** Ends what still runs and takes the folder away. */
  async remove(): Promise<void> {
    for (const started of this.started) if (started.isAlive) started.process.kill('SIGKILL');
    await Promise.all(this.started.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
