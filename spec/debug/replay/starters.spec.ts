/** Starters of waits that are code of the program, or call it: a replay calls them, and takes the outcome from the recording. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import {
  type Coroutine,
  createMemoryObjectStream,
  fromNodeWritable,
  moveOnAfter,
  run,
  sleep,
  suspend,
  taskGroup,
  until,
  withPortal,
} from 'treadle';
import { replayRuns } from 'treadle/debug';
import { again, recorded, same } from '../../support/recorded.js';

/** A primitive of the program's own, whose waiters are in a list. */
class Letterbox {
  private readonly waiting = new Set<(letter: string) => void>();

  *take(): Coroutine<string> {
    return yield* suspend<string>((resume) => {
      this.waiting.add(resume);
      return () => this.waiting.delete(resume);
    });
  }

  /** Gives the letter to all who wait, and says how many that are. */
  put(letter: string): number {
    const { size } = this.waiting;
    for (const resume of this.waiting) resume(letter);
    this.waiting.clear();
    return size;
  }
}

describe('the starters of waits, at replay', () => {
  it('keep what a primitive of the program knows of its waiters', async () => {
    const told = await same(function* () {
      const box = new Letterbox();
      const log: unknown[] = [];
      yield* taskGroup(function* (tg) {
        for (const name of ['one', 'two'])
          tg.startSoon(function* () {
            log.push(name, yield* box.take());
          });
        yield* moveOnAfter(1, () => box.take());
        log.push(box.put('a letter'), box.put('another'));
      });
      return log;
    });
    expect(told).to.deep.equal([2, 0, 'one', 'a letter', 'two', 'a letter']);
  });

  it('start tasks through a portal, and read random numbers', async () => {
    function* main(): Coroutine<number[]> {
      return yield* withPortal(function* (portal) {
        const [send, receive] = createMemoryObjectStream<number>(3);
        const got: number[] = [];
        function* receiveAll(): Coroutine<void> {
          yield* receive.forEach(function* (item) {
            got.push(item);
            send.close();
            yield* sleep(1);
          });
        }
        yield* portal.until(async () => {
          const dice = Math.random();
          await portal.call(() => send.send(dice));
          await portal.call(receiveAll);
        });
        return got;
      });
    }
    const [text, ended] = await recorded(main);
    using _ = replayRuns(text);
    expect(await run(main)).to.deep.equal(ended);
    expect(ended).to.have.lengthOf(1);
  });

  it('tell the signal of their function when the wait is cancelled', async () => {
    const told: string[] = [];
    await same(function* () {
      yield* moveOnAfter(2, () =>
        until((signal) => {
          signal.addEventListener('abort', () => told.push('aborted'));
          return delay(10_000, undefined, { signal });
        }),
      );
    });
    expect(told).to.deep.equal(['aborted', 'aborted']);
  });

  it('write output anew', async () => {
    const written: string[] = [];
    const output = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    });
    await same(function* () {
      yield* fromNodeWritable(output, { onCancel: 'keep' }).send(Buffer.from('a line'));
    });
    expect(written).to.deep.equal(['a line', 'a line']);
  });

  it('write no file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'treadle-starters-'));
    const file = join(folder, 'a.txt');
    function* main(): Coroutine<string> {
      const output = fromNodeWritable(createWriteStream(file));
      yield* output.send(Buffer.from('recorded'));
      yield* output.close();
      return yield* until(readFile(file, 'utf8'));
    }
    try {
      const [text, ended] = await recorded(main);
      await writeFile(file, 'as it is now');
      expect([again(main, text), ended]).to.deep.equal(['recorded', 'recorded']);
      expect(await readFile(file, 'utf8')).to.equal('as it is now');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
