/** The laws of `ExceptionGroup`: whatever is asked for, no error is lost, doubled or moved. */
import { expect } from 'chai';
import fc from 'fast-check';
import { ExceptionGroup, except } from 'treadle';
import { thrown } from '../support/contract.js';
import { HUNTING_TIME, hunt } from '../support/programs.js';

type Tree = 'type' | 'range' | 'plain' | readonly Tree[];

const { group } = fc.letrec<{ group: readonly Tree[]; tree: Tree }>((tie) => ({
  group: fc.array(tie('tree'), { minLength: 1, maxLength: 4, depthIdentifier: 'errors' }),
  tree: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'errors', withCrossShrink: true },
    fc.constantFrom('type' as const, 'range' as const, 'plain' as const),
    tie('group'),
  ),
}));

function build(tree: readonly Tree[]): ExceptionGroup {
  return new ExceptionGroup(
    tree.map((item) => {
      if (item === 'type') return new TypeError();
      if (item === 'range') return new RangeError();
      if (item === 'plain') return new Error();
      return build(item);
    }),
  );
}

/** The group as nested lists of the errors that `keep` lets through, groups left empty taken out. */
function outline(node: unknown, keep: (error: unknown) => boolean): unknown {
  if (!(node instanceof ExceptionGroup)) return node;
  const inner = node.errors
    .filter((error) => error instanceof ExceptionGroup || keep(error))
    .map((error) => outline(error, keep))
    .filter((error) => !Array.isArray(error) || error.length > 0);
  return inner;
}

const isType = (error: unknown): boolean => error instanceof TypeError;

describe('exception groups', function () {
  this.timeout(HUNTING_TIME);

  it('split into what matches and the rest, each with the nesting it had', () => {
    fc.assert(
      fc.property(group, (tree) => {
        const whole = build(tree);
        const [hits, rest] = whole.split(TypeError);
        expect(hits === undefined ? [] : outline(hits, () => true)).to.deep.equal(outline(whole, isType));
        expect(rest === undefined ? [] : outline(rest, () => true)).to.deep.equal(
          outline(whole, (error) => !isType(error)),
        );
      }),
      hunt(300),
    );
  });

  it('have the same leaves, by identity and in order, however they are split', () => {
    fc.assert(
      fc.property(group, (tree) => {
        const whole = build(tree);
        const [hits, rest] = whole.split(isType);
        const leaves = whole.leaves();
        const same = (list: readonly unknown[], other: readonly unknown[]) =>
          list.length === other.length && list.every((error, at) => error === other[at]);
        expect(same(hits?.leaves() ?? [], leaves.filter(isType))).to.equal(true);
        expect(
          same(
            rest?.leaves() ?? [],
            leaves.filter((error) => !isType(error)),
          ),
        ).to.equal(true);
        expect(whole.subgroup(isType)?.leaves()).to.deep.equal(hits?.leaves());
      }),
      hunt(300),
    );
  });

  it('are dealt out by except: each leaf to the first clause that matches, the rest thrown on', () => {
    fc.assert(
      fc.property(group, (tree) => {
        const whole = build(tree);
        const dealt: unknown[] = [];
        const take = (part: { leaves(): unknown[] }) => {
          dealt.push(...part.leaves());
        };
        const deal = () => except(whole, [TypeError, take], [RangeError, take]);
        const leaves = whole.leaves();
        const plain = leaves.filter((error) => !(error instanceof TypeError || error instanceof RangeError));
        if (plain.length === 0) deal();
        else {
          const rest = thrown(deal);
          expect(rest).to.be.instanceOf(ExceptionGroup);
          expect(rest instanceof ExceptionGroup && rest.leaves()).to.deep.equal(plain);
        }
        const expected = [
          ...leaves.filter((error) => error instanceof TypeError),
          ...leaves.filter((error) => error instanceof RangeError),
        ];
        expect(dealt.length).to.equal(expected.length);
        expect(dealt.every((error, at) => error === expected[at])).to.equal(true);
      }),
      hunt(300),
    );
  });
});
