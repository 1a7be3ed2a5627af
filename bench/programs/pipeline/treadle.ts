/** The pipeline in Treadle. */
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import {
  type Coroutine,
  createMemoryObjectStream,
  fromNodeReadable,
  fromNodeWritable,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  run,
  TextReceiveStream,
  TextSendStream,
  taskGroup,
} from '../../../lib/index.js';
import type { Settings } from './contract.js';
import { type Entry, isFailure, parseLine, type Totals } from './log-file.js';

const CHUNK = 65_536;

/** Gives the number of lines. */
function* readLines(path: string, lines: MemoryObjectSendStream<string>): Coroutine<number> {
  using _ = lines;
  using file = fromNodeReadable(createReadStream(path));
  let count = 0;
  let rest = '';
  yield* new TextReceiveStream(file).forEach(function* (text) {
    const complete = (rest + text).split('\n');
    rest = complete.pop() ?? '';
    count += complete.length;
    for (const line of complete) yield* lines.send(line);
  });
  return count;
}

function* filter(
  lines: MemoryObjectReceiveStream<string>,
  failures: MemoryObjectSendStream<Entry>,
): Coroutine<void> {
  using _ = failures;
  yield* lines.forEach(function* (line) {
    const entry = parseLine(line);
    if (entry !== undefined && isFailure(entry)) yield* failures.send(entry);
  });
}

function* collect(
  failures: MemoryObjectReceiveStream<Entry>,
  { output, progress }: Settings,
): Coroutine<{ failures: number; bytes: number }> {
  using file = fromNodeWritable(createWriteStream(output));
  const text = new TextSendStream(file);
  let [count, bytes, pending] = [0, 0, ''];
  yield* failures.forEach(function* (entry) {
    bytes += entry.bytes;
    pending += `${entry.path}\n`;
    progress(++count);
    if (pending.length < CHUNK) return;
    yield* text.send(pending);
    pending = '';
  });
  yield* text.send(pending);
  yield* text.close();
  return { failures: count, bytes };
}

function* pipeline(settings: Settings): Coroutine<Totals> {
  const [sendLine, receiveLine] = createMemoryObjectStream<string>(settings.buffer);
  const [sendFailure, receiveFailure] = createMemoryObjectStream<Entry>(settings.buffer);
  let isWhole = false;
  try {
    const [reader, collector] = yield* taskGroup(function* (tg) {
      for (let i = 0; i < settings.workers; i++) tg.startSoon(filter, receiveLine, sendFailure.clone());
      sendFailure.close();
      return [
        tg.startSoon(readLines, settings.input, sendLine),
        tg.startSoon(collect, receiveFailure, settings),
      ] as const;
    });
    isWhole = true;
    return { lines: reader.returnValue, ...collector.returnValue };
  } finally {
    if (!isWhole) rmSync(settings.output, { force: true });
  }
}

export default (settings: Settings, signal: AbortSignal) => run(() => pipeline(settings), { signal });
