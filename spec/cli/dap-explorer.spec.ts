/** What an editor's tree of variables unfolds, level by level; and that no code of the program is run for it. */
import { expect } from 'chai';
import { isHit } from '../../lib/cli/dap/breakpoint-table.js';
import { type Explorer, makeExplorer, type Range } from '../../lib/cli/dap/explorer.js';
import { makeDescriber } from '../../lib/debug/inspect/describe-value.js';

describe('the explorer of values', () => {
  let explorer: Explorer;

  beforeEach(() => {
    explorer = makeExplorer(makeDescriber().describe);
  });

  /** What is below a value, as "name: text". */
  function below(value: unknown, range: Range = {}): string[] {
    const { reference } = explorer.show(value);
    return explorer.properties(reference, range)!.map(({ name, text }) => `${name}: ${text}`);
  }

  it('unfolds objects, arrays, maps and sets', () => {
    expect(below({ a: 1, [Symbol('b')]: 'two' })).to.deep.equal(['a: 1', 'Symbol(b): "two"']);
    expect(below([1, { a: 1 }])).to.deep.equal(['0: 1', '1: {a: 1}', 'length: 2']);
    expect(below(Uint8Array.of(7))).to.deep.equal(['0: 7']);
    expect(below(new Set(['x']))).to.deep.equal(['0: "x"']);
    const key = { id: 1 };
    const map = new Map<unknown, unknown>([
      ['a', 1],
      [key, [2]],
    ]);
    expect(below(map)).to.deep.equal(['"a": 1', '1: {id: 1} => Array(1) [2]']);
    const entry = explorer.properties(explorer.show(map).reference, {})![1]!;
    expect(explorer.properties(entry.reference, {})!.map(({ name }) => name)).to.deep.equal(['key', 'value']);
  });

  it('tells apart what has nothing below', () => {
    for (const value of [1, 'text', null, undefined, Symbol('s'), 5n, {}, new Map(), () => {}]) {
      expect(explorer.show(value).reference).to.equal(0);
    }
    expect(explorer.show([]).reference).to.be.above(0); // its length
    expect(explorer.properties(99, {})).to.equal(undefined);
  });

  it('gives large things in pages', () => {
    const numbers = Array.from({ length: 5000 }, (_, index) => index);
    expect(explorer.show(numbers)).to.include({ named: 1, indexed: 5000 });
    const page = { filter: 'indexed', start: 4000, count: 2 } as const;
    expect(below(numbers, page)).to.deep.equal(['4000: 4000', '4001: 4001']);
    expect(below(new Set(numbers), page)).to.deep.equal(['4000: 4000', '4001: 4001']);
    expect(below(new Map(numbers.map((n) => [n, -n])), page)).to.deep.equal(['4000: -4000', '4001: -4001']);
    expect(below(numbers, { filter: 'named' })).to.deep.equal(['length: 5000']);
    const whole = below(numbers);
    expect([whole.length, whole[999], whole[1000], whole[1001]]).to.deep.equal([
      1002,
      '999: 999',
      '…: 4000 more',
      'length: 5000',
    ]);
    const keys = Object.fromEntries(numbers.map((n) => [`k${n}`, n]));
    expect(below(keys).at(-1)).to.equal('…: 4000 more');
    expect(below(keys, { filter: 'named', start: 4999, count: 5 })).to.deep.equal(['k4999: 4999']);
  });

  it('runs nothing of the program', () => {
    const harm = (): never => {
      throw new Error('run');
    };
    const trap = new Proxy(
      {},
      { get: harm, ownKeys: harm, getOwnPropertyDescriptor: harm, getPrototypeOf: harm },
    );
    const value = {
      get age() {
        return harm();
      },
      trap,
      toString: harm,
      list: [trap],
    };
    expect(below(value)).to.deep.equal([
      'age: (…) a getter',
      'trap: Proxy',
      'toString: function harm',
      'list: Array(1) [Proxy]',
    ]);
    expect(explorer.show(trap).reference).to.equal(0);
    class Family extends Map {
      override get size(): number {
        return harm();
      }
      override entries(): never {
        return harm();
      }
    }
    const family = new Family();
    Map.prototype.set.call(family, 'a', 1);
    expect(below(family)).to.deep.equal(['"a": 1']);
  });

  it('shows holes, and functions without what all functions have', () => {
    const list = [1];
    list[2] = 3;
    expect(below(list)).to.deep.equal(['0: 1', '1: empty', '2: 3', 'length: 3']);
    expect(below(Object.assign(() => {}, { limit: 5 }))).to.deep.equal(['limit: 5']);
  });
});

describe('hit counts of breakpoints', () => {
  const CASES: readonly [condition: string | undefined, holds: readonly number[]][] = [
    [undefined, [1, 2, 3, 4, 5, 6]],
    ['3', [3, 4, 5, 6]],
    ['>= 3', [3, 4, 5, 6]],
    ['> 3', [4, 5, 6]],
    ['== 3', [3]],
    ['=3', [3]],
    ['% 3', [3, 6]],
    ['% 0', []],
  ];
  for (const [condition, holds] of CASES) {
    it(`${condition ?? 'none'}: at ${holds.join(', ') || 'no time'}`, () => {
      expect([1, 2, 3, 4, 5, 6].filter((hits) => isHit(condition, hits))).to.deep.equal(holds);
    });
  }
});
