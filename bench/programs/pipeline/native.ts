/** The pipeline in async/await: Node's own reader of lines, and channels by hand. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { Channel } from '../native/channel.js';
import type { Settings } from './contract.js';
import { type Entry, isFailure, parseLine, type Totals } from './log-file.js';

const CHUNK = 65_536;

/** Gives the number of lines. */
async function readLines(path: string, lines: Channel<string>): Promise<number> {
  const file = await open(path);
  let count = 0;
  try {
    // Not given the signal: aborting it would end the process, by an 'error' event that nobody can listen to.
    for await (const line of file.readLines()) {
      count++;
      await lines.send(line);
    }
  } finally {
    lines.close();
    await file.close();
  }
  return count;
}

async function filter(lines: Channel<string>, failures: Channel<Entry>): Promise<void> {
  for await (const line of lines) {
    const entry = parseLine(line);
    if (entry !== undefined && isFailure(entry)) await failures.send(entry);
  }
}

async function collect(
  failures: Channel<Entry>,
  { output, progress }: Settings,
  signal: AbortSignal,
): Promise<{ failures: number; bytes: number }> {
  const file = createWriteStream(output, { signal });
  const over = finished(file);
  over.catch(() => {}); // thrown below, if nothing else is
  let [count, bytes, pending] = [0, 0, ''];
  try {
    for await (const entry of failures) {
      bytes += entry.bytes;
      pending += `${entry.path}\n`;
      progress(++count);
      if (pending.length < CHUNK) continue;
      if (!file.write(pending)) await once(file, 'drain', { signal });
      pending = '';
    }
    file.end(pending);
    await over;
  } catch (error) {
    file.destroy();
    await over.catch(() => {});
    throw error;
  }
  return { failures: count, bytes };
}

export default async function pipeline(settings: Settings, outer: AbortSignal): Promise<Totals> {
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  const lines = new Channel<string>(settings.buffer, signal);
  const failures = new Channel<Entry>(settings.buffer, signal);

  /** The first failure ends all. */
  async function guard<T>(stage: Promise<T>): Promise<T> {
    try {
      return await stage;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  }

  const reader = guard(readLines(settings.input, lines));
  const workers = Array.from({ length: settings.workers }, () => guard(filter(lines, failures)));
  const collector = guard(collect(failures, settings, signal));
  Promise.all(workers).then(
    () => failures.close(),
    () => {},
  );
  await Promise.allSettled([reader, collector, ...workers]);
  try {
    return { lines: await reader, ...(await collector) };
  } catch {
    await rm(settings.output, { force: true });
    throw signal.reason;
  }
}
