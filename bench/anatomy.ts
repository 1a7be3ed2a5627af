/**
 * Where the nanoseconds of one yield go: each piece of a step is measured by itself, in a process of its own, from a
 * bare `generator.next()` up to a task that is spawned and ends. For maintainers; see docs/performance.md.
 *
 *   make bench-anatomy
 *   make bench-anatomy DOC=docs/performance.md     puts the table between the marks of that file
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
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
  sleepUntil,
  suspend,
  taskGroup,
} from '../lib/index.js';
import { table } from './harness/table.js';

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

function* passing(): Coroutine<void> {
  yield* checkpoint();
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
  'yield* of a new effect, which reads the clock: sleepUntil(0), long past': (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) yield* sleepUntil(0);
    }),
  'yield* of a child coroutine that suspends once': (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) yield* passing();
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

const BEGIN = '<!-- anatomy:begin -->';
const END = '<!-- anatomy:end -->';

/** Each piece in a process of its own. */
function tableOf(names: readonly string[]): string {
  const flags = ['--import', 'tsx', '--conditions=treadle-source'];
  const file = fileURLToPath(import.meta.url);
  const rows = names.map((name) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, file, name], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    process.stderr.write(`${name}: ${stdout}`);
    return [name, stdout.trim()];
  });
  return table(['piece', 'ns'], rows, 1);
}

function insert(text: string, section: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the file needs the lines ${BEGIN} and ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`;
}

const [asked] = process.argv.slice(2);
const piece = asked === undefined ? undefined : PIECES[asked];
if (asked !== undefined && piece === undefined) throw new Error(`there is no piece '${asked}'`);
if (piece !== undefined) console.log((await measure(piece)).toFixed(1));
else {
  const doc = process.env['DOC'];
  // Before minutes of measuring, that the marks are there.
  if (doc) insert(readFileSync(doc, 'utf8'), '');
  const section = [
    tableOf(Object.keys(PIECES)),
    '',
    `Node ${process.version}, ${os.cpus()[0]?.model ?? 'unknown processor'}, medians of ${SAMPLES} samples, ${new Date().toISOString().slice(0, 10)}.`,
  ].join('\n');
  if (doc) writeFileSync(doc, insert(readFileSync(doc, 'utf8'), section));
  console.log(section);
}
