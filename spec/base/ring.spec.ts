/** The ring against an array: whatever is pushed and shifted, in whatever order, the two hold the same. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Ring } from '../../lib/base/ring.js';
import { hunt } from '../support/programs.js';

/** Positive: push so many items. Negative: shift so many, as far as there are any. */
const moves = fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 30, size: 'max' });

describe('ring', () => {
  it('is first in, first out, through growth and wrap-around', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const ring = new Ring<number>();
        const model: number[] = [];
        let next = 0;
        for (const move of list) {
          for (let count = 0; count < move; count++) {
            ring.push(next);
            model.push(next++);
          }
          for (let count = 0; count > move && model.length > 0; count--) {
            expect(ring.shift()).to.equal(model.shift());
          }
          expect(ring.length).to.equal(model.length);
          expect(ring.isEmpty).to.equal(model.length === 0);
        }
        while (!ring.isEmpty) expect(ring.shift()).to.equal(model.shift());
        expect(model).to.deep.equal([]);
      }),
      hunt(200),
    );
  });

  it('holds undefined like any other item', () => {
    const ring = new Ring<undefined>();
    ring.push(undefined);
    expect([ring.length, ring.isEmpty]).to.deep.equal([1, false]);
    expect(ring.shift()).to.equal(undefined);
    expect(ring.isEmpty).to.equal(true);
  });

  it('lets go of what has left it', () => {
    let left: WeakRef<object> | undefined;
    const ring = new Ring<object>();
    (() => {
      const item = {};
      left = new WeakRef(item);
      ring.push(item);
      ring.push({});
      ring.shift();
    })();
    return new Promise<void>((resolve) => setTimeout(resolve, 1)).then(() => {
      globalThis.gc?.();
      expect(left?.deref()).to.equal(undefined);
      expect(ring.length).to.equal(1);
    });
  });

  it('works on after it has been very long and run empty', () => {
    const ring = new Ring<number>();
    const count = (1 << 17) + 3;
    for (let round = 0; round < 2; round++) {
      for (let item = 0; item < count; item++) ring.push(item);
      let inOrder = true;
      for (let item = 0; item < count; item++) inOrder &&= ring.shift() === item;
      expect(inOrder).to.equal(true);
      expect([ring.length, ring.isEmpty]).to.deep.equal([0, true]);
    }
  });
});
