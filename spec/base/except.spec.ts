/** `except`, Python's `except*`: who gets what, and what goes on. */
import { expect } from 'chai';
import { ExceptionGroup, except, isCancelled, moveOnAfter, runSync, sleep } from 'treadle';
import { thrown } from '../support/contract.js';

const lost = new RangeError('lost');
const odd = new TypeError('odd');
const plain = new Error('plain');

describe('except', () => {
  it('hands each sub-group to the first clause that matches, and throws the rest', () => {
    const story: unknown[] = [];
    const group = new ExceptionGroup([odd, new ExceptionGroup([lost, plain], 'inner')], 'outer');
    const rest = thrown(() =>
      except(
        group,
        [RangeError, (part) => story.push('range', ...part.leaves())],
        [TypeError, (part) => story.push('type', ...part.leaves())],
        [RangeError, () => story.push('never')],
      ),
    );
    expect(story).to.deep.equal(['range', lost, 'type', odd]);
    expect(rest).to.be.instanceOf(ExceptionGroup);
    expect(rest).to.have.property('message', 'outer');
    expect(rest instanceof ExceptionGroup && rest.leaves()).to.deep.equal([plain]);
  });

  it('ends quietly when all was handled, and calls nobody for nothing', () => {
    const story: string[] = [];
    except(
      new ExceptionGroup([lost]),
      [TypeError, () => story.push('type')],
      [Error, () => story.push('all')],
      [RangeError, () => story.push('late')],
    );
    expect(story).to.deep.equal(['all']);
  });

  it('takes a lone error as a group of one, and throws it as itself when nobody wants it', () => {
    const story: unknown[] = [];
    except(odd, [TypeError, (part) => story.push(...part.leaves())]);
    expect(story).to.deep.equal([odd]);
    expect(thrown(() => except(odd, [RangeError, () => {}]))).to.equal(odd);
    expect(thrown(() => except('a string', [Error, () => {}]))).to.equal('a string');
    expect(thrown(() => except(plain))).to.equal(plain);
  });

  it('throws what a handler throws, and with the rest as a group', () => {
    const failure = new Error('the handler failed');
    const fail = () => {
      throw failure;
    };
    expect(thrown(() => except(odd, [TypeError, fail]))).to.equal(failure);
    const both = thrown(() => except(new ExceptionGroup([odd, lost]), [TypeError, fail]));
    expect(both instanceof ExceptionGroup && both.leaves()).to.deep.equal([failure, lost]);
  });

  it('lets the other handlers run when one has failed', () => {
    const failure = new Error('the handler failed');
    const story: string[] = [];
    const told = thrown(() =>
      except(
        new ExceptionGroup([odd, lost]),
        [
          TypeError,
          () => {
            throw failure;
          },
        ],
        [RangeError, () => story.push('range')],
      ),
    );
    expect(told).to.equal(failure);
    expect(story).to.deep.equal(['range']);
  });

  it('refuses a handler that is a function* or async: the error is not lost', async () => {
    const handlers: readonly [() => unknown, RegExp][] = [
      [function* () {}, /this one is a function\*/],
      [async () => Promise.reject(new Error('late')), /this one is async/],
    ];
    for (const [handler, said] of handlers) {
      const error = thrown(() => except(odd, [TypeError, handler as () => void]));
      expect(error).to.be.instanceOf(TypeError).with.property('message').that.matches(said);
      const { cause } = error as Error;
      expect(cause instanceof ExceptionGroup && cause.leaves()).to.deep.equal([odd]);
    }
    await new Promise(setImmediate);
  });

  it('never matches Cancelled, alone or in a group', () => {
    const story: string[] = [];
    runSync(function* () {
      yield* moveOnAfter(1, function* () {
        try {
          yield* sleep(5);
        } catch (error) {
          expect(thrown(() => except(error, [Error, () => story.push('alone')]))).to.equal(error);
          const group = new ExceptionGroup([error, odd]);
          const rest = thrown(() =>
            except(group, [Error, (part) => story.push(...part.leaves().map(String))]),
          );
          expect(rest instanceof ExceptionGroup && rest.leaves().every(isCancelled)).to.equal(true);
          throw error;
        }
      });
    });
    expect(story).to.deep.equal(['TypeError: odd']);
  });
});
