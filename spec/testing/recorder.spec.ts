import { expect } from 'chai';
import { checkpoint, run, sleep, taskGroup } from 'treadle';
import { recorder } from 'treadle/testing';

function* nap() {
  yield* sleep(20);
}

function* main() {
  yield* taskGroup(function* (tg) {
    const handle = tg.startSoon(nap);
    yield* checkpoint();
    handle.cancel();
  });
}

describe('recorder', () => {
  it('writes the life of each task down, in order, with the words of its effects', async () => {
    const story = recorder();
    await run(main, { backend: 'virtual', instruments: [story] });
    expect(story.events).to.deep.equal([
      'spawn main',
      'schedule main',
      'stepStart main',
      'spawn nap',
      'schedule nap',
      'suspend main: checkpoint',
      'schedule main',
      'stepEnd main',
      'stepStart nap',
      'suspend nap: sleep(20)',
      'stepEnd nap',
      'stepStart main',
      'cancel nap',
      'schedule nap',
      'stepEnd main',
      'stepStart nap',
      'exit nap',
      'schedule main',
      'stepEnd nap',
      'stepStart main',
      'exit main',
      'stepEnd main',
    ]);
  });

  it('writes down only what is asked for, labels for effects, and notes in their place', async () => {
    const tick = checkpoint();
    const story = recorder({ only: ['suspend', 'exit'], effects: new Map([[tick, 'tick']]) });
    await run(
      function* main() {
        story.note('begun');
        yield* tick;
        story.note('gone on');
      },
      { backend: 'virtual', instruments: [story] },
    );
    expect(story.take()).to.deep.equal(['begun', 'suspend main: tick', 'gone on', 'exit main']);
    expect(story.events).to.deep.equal([]);
    story.note('anew');
    expect(story.events).to.deep.equal(['anew']);
  });

  it('L2: gives the same list each time on the virtual clock', async () => {
    const lists: string[][] = [];
    for (let time = 0; time < 3; time++) {
      const story = recorder();
      await run(main, { backend: 'virtual', instruments: [story] });
      lists.push(story.take());
    }
    expect(lists[1]).to.deep.equal(lists[0]);
    expect(lists[2]).to.deep.equal(lists[0]);
  });
});
