import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type Coroutine, checkpoint, run, until } from 'treadle';
import { readRecording, record, replay, replayRuns } from 'treadle/debug';
import { failing, recorded } from '../../support/recorded.js';

describe('a recording', () => {
  const main = function* main(): Coroutine<number> {
    return (yield* until(delay(1, 1))) + (yield* until(delay(1, 2)));
  };

  it('that breaks off is good up to there', async () => {
    const [text] = await recorded(main);
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.startsWith('["end",1,') && line.includes(',2,"value"'));
    const broken = `${lines.slice(0, at).join('\n')}\n${lines[at]?.slice(0, 12)}`;
    const stepper = replay(main, broken);
    const error = await failing(() => stepper.continue());
    expect(error.message).to.equal(
      'the recording of the run ends after step 2: the process ended here, or was recorded no farther',
    );
    expect(error).to.include({ isEnd: true });
    expect(stepper.last?.index).to.equal(2);
  });

  it('has what came in during the step that the process ended in', async () => {
    const pieces: string[] = [];
    let drawn = 0;
    using recorder = record({ write: (text) => pieces.push(text) });
    const ends = function* (): Coroutine<void> {
      drawn = Math.random();
      recorder.finish(); // as if the process ended here
      yield* checkpoint();
    };
    await run(ends);
    const first = drawn;
    const cut = pieces.join('').split('["task"')[0] as string;
    const stepper = replay(ends, cut);
    expect((await failing(() => stepper.continue())).message).to.contain('ends after step 1');
    expect(drawn).to.equal(first);
  });

  it('is given up when it becomes too large, and the program goes on', async () => {
    const { error } = console;
    const told: unknown[] = [];
    console.error = (text: unknown) => told.push(text);
    try {
      using recorder = record({ limit: 300 });
      expect(await run(main)).to.equal(3);
      expect(readRecording(recorder.text).isCut).to.equal(true);
    } finally {
      console.error = error;
    }
    expect(told.join()).to.contain('larger than 300 characters and ends here');
  });

  it('ends when it cannot be written, and the program goes on', async () => {
    const { error } = console;
    const told: unknown[] = [];
    console.error = (text: unknown) => told.push(text);
    try {
      let isFull = false;
      using _ = record({
        write() {
          if (isFull) throw new Error('the disk is full');
        },
      });
      isFull = true;
      expect(await run(main)).to.equal(3);
    } finally {
      console.error = error;
    }
    expect(told).to.deep.equal([
      'treadle: the recording cannot be written (the disk is full) and ends here; the program goes on.',
    ]);
  });

  it('tells which files have changed', async () => {
    const [text] = await recorded(main);
    const { sources } = readRecording(text);
    expect([...sources.keys()].map((file) => file.split('/').at(-1))).to.deep.equal(['recording.spec.ts']);
    const changed = text.replace(/(\["source",".*",")[0-9a-f]+"/, '$1abc"');
    using replayer = replayRuns(changed);
    expect(replayer.changed).to.deep.equal([...sources.keys()]);
  });

  it('is refused if it is none, or damaged, or of another version', async () => {
    expect((await failing(() => readRecording('hello'))).message).to.contain(
      'this is no recording; make one with',
    );
    const [text] = await recorded(main);
    expect(
      (await failing(() => readRecording(text.replace('"version":1', '"version":99')))).message,
    ).to.contain('of version 99');
    expect((await failing(() => readRecording(text.replace('["step"', '[step')))).message).to.match(
      /^line \d+ of the recording is damaged/,
    );
    expect((await failing(() => replay(main, text, { run: 3 }))).message).to.contain('holds no run 3, but 1');
    expect((await failing(() => record({ write: 'file.rec' as never }))).message).to.contain(
      'the option write',
    );
    for (const limit of [0, Number.NaN, '1 MB' as never]) {
      expect((await failing(() => record({ limit }))).message).to.contain('a number of characters, not');
    }
  });
});
