/**
 * Where the nanoseconds of one yield go: each piece of a step is measured by itself, in a process of its own, from a
 * bare `generator.next()` up to a task that is spawned and ends. For maintainers; see docs/performance.md.
 *
 *   make bench-anatomy
 */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { median } from 'simple-statistics';
import {
  type Coroutine,
  call,
  checkpoint,
  createMemoryObjectStream,
  moveOnAfter,
  run,
  sleep,
  suspend,
  taskGroup,
} from '../lib/index.js';

/** Does the piece `n` times; gives something that depends on all of them. */
type Piece = (n: number) => unknown;

const pass = checkpoint();

function* yields(n: number): Generator<object, number, unknown> {
  let count = 0;
  for (let i = 0; i < n; i++) {
    yield pass;
    count++;
  }
  return count;
}

function* child(): Coroutine<number> {
  return 1;
}

function* sleeper(): Coroutine<void> {
  yield* sleep(0);
}

const PIECES: Record<string, Piece> = {
  'await null, for comparison': async (n) => {
    let count = 0;
    for (let i = 0; i < n; i++) {
      await null;
      count++;
    }
    return count;
  },
  'generator.next(), nothing else': (n) => {
    const generator = yields(n);
    let last = generator.next();
    while (last.done !== true) last = generator.next();
    return last.value;
  },
  'performance.now(), once a batch of up to 64 steps': (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += performance.now();
    return sum;
  },
  'yield of a kept effect, through the ready queue': (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) yield pass;
    }),
  'yield* of it': (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) yield* pass;
    }),
  'yield* of a new effect: sleep(0)': (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) yield* sleep(0);
    }),
  'yield* of a child coroutine that suspends once': (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) yield* sleeper();
    }),
  'call of a child that returns at once': (n) =>
    run(function* () {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += yield* call(child);
      return sum;
    }),
  'suspend, resumed at once': (n) =>
    run(function* () {
      const wait = suspend<void>((resume) => resume());
      for (let i = 0; i < n; i++) yield* wait;
    }),
  'send to a stream with room, and receive': (n) =>
    run(function* () {
      const [send, receive] = createMemoryObjectStream<number>(1);
      let sum = 0;
      for (let i = 0; i < n; i++) {
        yield* send.send(i);
        sum += yield* receive.receive();
      }
      return sum;
    }),
  'moveOnAfter round a child that returns at once': (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) yield* moveOnAfter(1000, child);
    }),
  'a group without children': (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) yield* taskGroup(child);
    }),
  'spawn, run and join one child': (n) =>
    run(() =>
      taskGroup(function* (tg) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += yield* tg.startSoon(child);
        return sum;
      }),
    ),
};

const OPERATIONS = 200_000;
const SAMPLES = 25;
const WARM_UP = 8;

async function measure(piece: Piece): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < WARM_UP + SAMPLES; i++) {
    const begin = performance.now();
    await piece(OPERATIONS);
    if (i >= WARM_UP) samples.push(((performance.now() - begin) * 1e6) / OPERATIONS);
  }
  return median(samples);
}

const [asked] = process.argv.slice(2);
const piece = asked === undefined ? undefined : PIECES[asked];
if (piece !== undefined) console.log((await measure(piece)).toFixed(1));
else {
  console.log(`Node ${process.version}, medians of ${SAMPLES} samples, each piece in a process of its own\n`);
  console.log('| piece | ns |\n|---|---:|');
  const flags = ['--import', 'tsx', '--conditions=treadle-source'];
  for (const name of Object.keys(PIECES)) {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [...flags, fileURLToPath(import.meta.url), name],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    console.log(`| ${name} | ${stdout.trim()} |`);
  }
}
