import { expect } from 'chai';
import { BrokenResourceError, checkpoint, moveOnAfter, sleep, taskGroup } from 'treadle';
import { Sequencer, waitAllTasksBlocked } from 'treadle/testing';
import { onEachBackend, thrown } from '../support/contract.js';
import { failure } from '../support/failure.js';

onEachBackend('Sequencer', (_run, { it }) => {
  it('lets tasks take their turns in the order of the numbers', function* () {
    const log: string[] = [];
    const sequencer = new Sequencer();
    function* player(name: string, turns: number[]) {
      for (const turn of turns) {
        using _ = yield* sequencer.turn(turn);
        log.push(`${name} ${turn}`);
        yield* checkpoint();
        log.push(`${name} ${turn} over`);
      }
    }
    yield* taskGroup(function* (tg) {
      tg.startSoon(player, 'a', [1, 4]);
      tg.startSoon(player, 'b', [2, 3]);
      tg.startSoon(player, 'c', [0, 5]);
    });
    expect(log).to.deep.equal(
      ['c 0', 'a 1', 'b 2', 'b 3', 'a 4', 'c 5'].flatMap((line) => [line, `${line} over`]),
    );
  });

  it('refuses a turn that was taken, and a number that is none', function* () {
    const sequencer = new Sequencer();
    (yield* sequencer.turn(0))[Symbol.dispose]();
    const error = yield* failure(() => sequencer.turn(0));
    expect((error as Error).message).to.match(/turn 0 .* has been taken/);
    for (const position of [-1, 0.5, Number.NaN]) {
      expect(thrown(() => sequencer.turn(position))).to.be.instanceOf(RangeError);
    }
  });

  it('takes an end of turn once', function* () {
    const log: string[] = [];
    const sequencer = new Sequencer();
    const turn = yield* sequencer.turn(0);
    turn[Symbol.dispose]();
    turn[Symbol.dispose]();
    yield* moveOnAfter(1, function* () {
      yield* sequencer.turn(2);
      log.push('turn 2 came before turn 1');
    });
    expect(log).to.deep.equal([]);
  });

  it('is broken for all when one that waits for its turn is cancelled: nobody hangs', function* () {
    const log: string[] = [];
    const sequencer = new Sequencer();
    yield* taskGroup(function* (tg) {
      const first = tg.startSoon(function* first() {
        yield* sequencer.turn(1);
      });
      tg.startSoon(function* second() {
        const error = yield* failure(() => sequencer.turn(2));
        log.push(`second: ${(error as Error).name}`);
      });
      yield* waitAllTasksBlocked();
      first.cancel();
      yield* sleep(0);
      const error = yield* failure(() => sequencer.turn(0));
      expect(error).to.be.instanceOf(BrokenResourceError);
      log.push(`later: ${(error as Error).name}`);
    });
    expect(log).to.have.members(['second: BrokenResourceError', 'later: BrokenResourceError']);
  });
});
