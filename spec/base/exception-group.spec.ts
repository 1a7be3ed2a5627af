/** ExceptionGroup by example; its laws are in spec/properties/exception-group.spec.ts. */
import { inspect } from 'node:util';
import { expect } from 'chai';
import { ExceptionGroup, except, run } from 'treadle';
import { withoutStack } from '../../lib/base/errors.js';
import { rejection, thrown } from '../support/contract.js';

const lost = new RangeError('lost');
const odd = new TypeError('odd');
const plain = new Error('plain');

describe('exception group', () => {
  it('is an AggregateError with a name, a message and a cause', () => {
    const group = new ExceptionGroup([lost, odd], 'two of them', { cause: plain });
    expect(group).to.be.instanceOf(AggregateError);
    expect([group.name, group.message, group.cause]).to.deep.equal(['ExceptionGroup', 'two of them', plain]);
    expect(group.errors).to.deep.equal([lost, odd]);
    expect(Object.keys(group)).to.not.include('errors');
  });

  it('has a message of its own when none is given, and takes any iterable', () => {
    expect(new ExceptionGroup(new Set([lost, odd])).message).to.contain('2 errors');
    expect(new ExceptionGroup([lost]).message).to.contain('1 error');
    expect(new ExceptionGroup([lost])).to.not.have.property('cause');
  });

  it('holds at least one error, and at most what it was given', () => {
    expect(thrown(() => new ExceptionGroup([]))).to.be.instanceOf(RangeError);
    const list: unknown[] = [lost];
    const group = new ExceptionGroup(list);
    list.push(odd);
    expect(group.errors).to.deep.equal([lost]);
  });

  it('gives its leaves from all levels, in order, also values that are no errors', () => {
    const inner = new ExceptionGroup([odd, 'a string']);
    expect(new ExceptionGroup([lost, inner, undefined]).leaves()).to.deep.equal([
      lost,
      odd,
      'a string',
      undefined,
    ]);
  });

  it('gives its leaves however many they are and however deep they lie', () => {
    const many = 200_000;
    const wide = new ExceptionGroup([new ExceptionGroup(Array.from({ length: many }, () => plain))]);
    expect(wide.leaves()).to.have.length(many);
  });

  it('splits with the nesting, message and cause that were there', () => {
    const inner = new ExceptionGroup([odd, lost], 'inner', { cause: 'why' });
    const [hits, rest] = new ExceptionGroup([inner, plain], 'outer').split(TypeError);
    const part = hits?.errors[0];
    expect(hits?.message).to.equal('outer');
    expect(part).to.be.instanceOf(ExceptionGroup);
    expect(part).to.deep.include({ message: 'inner', cause: 'why' });
    expect(hits?.leaves()).to.deep.equal([odd]);
    expect(rest?.leaves()).to.deep.equal([lost, plain]);
  });

  it('gives itself, and nothing else, when all or none matches', () => {
    const group = new ExceptionGroup([lost, odd]);
    expect(group.split(() => false)).to.deep.equal([undefined, group]);
    expect(group.split(Error)).to.deep.equal([group, undefined]);
    expect(group.subgroup(RangeError)?.leaves()).to.deep.equal([lost]);
    expect(group.subgroup(SyntaxError)).to.equal(undefined);
    const [hits, rest] = group.split((error) => error instanceof Error);
    expect([hits, rest]).to.deep.equal([group, undefined]);
  });

  it('shows groups to a predicate before it shows what is in them, and takes them whole', () => {
    const inner = new ExceptionGroup([odd], 'inner');
    const seen: unknown[] = [];
    const group = new ExceptionGroup([inner, lost], 'outer');
    const [hits] = group.split((error) => {
      seen.push(error);
      return error === inner;
    });
    expect(seen.map((error) => (error instanceof Error ? error.message : error))).to.deep.equal([
      'outer',
      'inner',
      'lost',
    ]);
    expect(hits?.errors[0]).to.equal(inner);
  });

  it('refuses what it cannot match by', () => {
    const group = new ExceptionGroup([lost]);
    // @ts-expect-error neither a class nor a predicate
    expect(thrown(() => group.split('RangeError'))).to.be.instanceOf(TypeError);
  });

  it('prints as a tree: each error under its group, each cause under its error', () => {
    const deep = new Error('deep', { cause: new Error('root of it') });
    const group = new ExceptionGroup([lost, new ExceptionGroup([deep], 'inner')], 'outer');
    const lines = inspect(group)
      .split('\n')
      .filter((line) => !/^[\s│]*(at |… \d+ frames? of )/.test(line));
    expect(lines).to.deep.equal([
      'ExceptionGroup: outer',
      '├─ RangeError: lost',
      '╰─ ExceptionGroup: inner',
      '   ╰─ Error: deep',
      '      ╰─ cause: Error: root of it',
    ]);
  });

  it('prints an error that it holds twice only once, and values that are no errors', () => {
    const text = inspect(new ExceptionGroup([odd, odd, 'a string'], 'outer'));
    expect(text.match(/at .*exception-group\.spec/g)).to.have.length.greaterThan(0);
    expect(text.split('TypeError: odd')).to.have.length(3);
    expect(text).to.contain('shown above').and.to.contain('a string');
  });

  describe('nested thousands deep', () => {
    const DEPTH = 20_000;

    /** A group of one group of one group …, with one leaf on each level or at the bottom only. */
    function deep(leaf: (level: number) => unknown[]): ExceptionGroup {
      return withoutStack(() => {
        let group = new ExceptionGroup([lost, ...leaf(0)], 'bottom');
        for (let level = 1; level < DEPTH; level++) group = new ExceptionGroup([...leaf(level), group]);
        return group;
      });
    }

    it('splits, gives sub-groups and leaves', () => {
      const group = deep((level) => (level % 2 === 0 ? [odd] : [plain]));
      const [hits, rest] = group.split(TypeError);
      expect([hits?.leaves().length, rest?.leaves().length]).to.deep.equal([DEPTH / 2, DEPTH / 2 + 1]);
      expect(group.subgroup(RangeError)?.leaves()).to.deep.equal([lost]);
      expect(group.subgroup(SyntaxError)).to.equal(undefined);
    });

    it('is handled by except, and thrown through tasks', async () => {
      const seen: unknown[] = [];
      except(
        deep(() => []),
        [RangeError, (group) => seen.push(...group.leaves())],
      );
      expect(seen).to.deep.equal([lost]);
      const group = deep(() => []);
      expect(
        await rejection(
          run(function* () {
            throw group;
          }),
        ),
      ).to.equal(group);
    });

    it('prints: groups of one error are folded, what else lies too deep is counted', () => {
      const chain = inspect(deep(() => [])).split('\n');
      expect(chain.filter((line) => !/ at |frames? of/.test(line))).to.deep.equal([
        'ExceptionGroup: 1 error in a task group',
        `│  … ${DEPTH - 1} groups of one error each, one in another`,
        '╰─ RangeError: lost',
      ]);
      const text = inspect(deep(() => [plain]));
      expect(text.length).to.be.lessThan(50_000);
      expect(text).to.contain('nested deeper, the innermost: RangeError: lost');
    });
  });

  it('that holds itself ends all the same: it is split, printed, and has leaves', () => {
    const group = new ExceptionGroup([lost, odd], 'snake');
    group.errors.push(group);
    expect(group.leaves()).to.deep.equal([lost, odd]);
    const [hits, rest] = group.split(TypeError);
    expect([hits?.leaves(), rest?.leaves()]).to.deep.equal([[odd], [lost]]);
    expect(inspect(group)).to.contain('╰─ ExceptionGroup: snake (shown above)');
  });
});
