/** The ready queue against an array: whatever is pushed, shifted and taken out, in whatever order, the two hold the same. */
import { expect } from 'chai';
import fc from 'fast-check';
import { type Queued, ReadyQueue } from '../../lib/kernel/ready-queue.js';
import { hunt } from '../support/programs.js';

class Item implements Queued {
  link: object | null = null;
}

/** -1: push. 0: shift. Above: take out the one that stands at this place, if there is one. */
const moves = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, { weight: 3, arbitrary: fc.nat(4) }),
  { maxLength: 60 },
);

describe('ready queue', () => {
  it('is first in, first out, and gives back those that are taken out of its middle', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const queue = new ReadyQueue<Item>();
        const model: Item[] = [];
        for (const move of list) {
          if (move < 0) {
            const item = new Item();
            queue.push(item);
            model.push(item);
          } else if (move === 0 && model.length > 0) {
            const item = queue.shift();
            expect(item).to.equal(model.shift());
            expect(item.link, 'what has left the queue holds on to nobody').to.equal(null);
          } else if (move > 0 && move < model.length) {
            const [item] = model.splice(move, 1);
            queue.remove(item as Item);
          }
          expect(queue.isEmpty).to.equal(model.length === 0);
          expect([...queue]).to.deep.equal(model);
        }
      }),
      hunt(300),
    );
  });

  it('takes a task again that has left it', () => {
    const queue = new ReadyQueue<Item>();
    const [one, other] = [new Item(), new Item()];
    for (const item of [one, other]) queue.push(item);
    queue.push(queue.shift());
    expect([queue.shift(), queue.shift()]).to.deep.equal([other, one]);
    expect(queue.isEmpty).to.equal(true);
  });
});
