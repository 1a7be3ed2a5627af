/** The checks of times, and the words that errors use for what they were given. */
import { expect } from 'chai';
import { checkDeadline, checkDuration, describe as inWords } from '../../lib/base/durations.js';
import { thrown } from '../support/contract.js';

const NO_NUMBERS: readonly unknown[] = [undefined, null, '5', '', true, 5n, [], {}, new Date(0), () => 5];

describe('durations', () => {
  it('V3: a duration is 0 or more, Infinity included', () => {
    for (const ms of [0, -0, 0.001, 5, Number.MAX_VALUE, Infinity]) checkDuration(ms, 'it');
    for (const ms of [-1, -0.001, -Infinity, Number.NaN]) {
      const error = thrown(() => checkDuration(ms, 'sleep(ms)')) as Error;
      expect(error).to.be.instanceOf(RangeError);
      expect(error.message).to.match(/^sleep\(ms\) must be 0 or more, or Infinity, not (-|NaN)/);
    }
  });

  it('V3: a deadline may lie in the past, and at either end of time', () => {
    for (const time of [-Infinity, -5, 0, 5, Infinity]) checkDeadline(time, 'it');
    expect(thrown(() => checkDeadline(Number.NaN, 'it'))).to.be.instanceOf(RangeError);
  });

  it('V3: what is no number is a TypeError, named for what it is', () => {
    for (const check of [checkDuration, checkDeadline]) {
      for (const value of NO_NUMBERS) {
        const error = thrown(() => check(value as number, 'the time')) as Error;
        expect(error).to.be.instanceOf(TypeError);
        expect(error.message).to.match(/^the time must be a number of milliseconds/);
        expect(error.message).to.contain(`not ${inWords(value)}`);
      }
    }
  });

  it('says in words what a value is', () => {
    class Clock {}
    const values = [
      undefined,
      null,
      5,
      5n, // for it is refused where 5 is not
      'five',
      'x'.repeat(50),
      () => 5,
      function five() {},
      {},
      new Clock(),
      [],
    ];
    expect([...values, Object.create(null)].map(inWords)).to.deep.equal([
      'undefined',
      'null',
      '5',
      '5n',
      'the string "five"',
      `the string "${'x'.repeat(37)}…"`,
      'a function',
      'the function five',
      'an object',
      'an object of class Clock',
      'an object of class Array',
      'an object',
    ]);
  });
});
