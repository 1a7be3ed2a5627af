import { expect } from 'chai';
import { printable } from '../../lib/base/printable.js';

describe('printable', () => {
  for (const [text, printed] of [
    ['GET /räume/日本 👩‍🚀 "x"', 'GET /räume/日本 👩‍🚀 "x"'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\x1b[2J\x1b]0;mine\x07', '\\u001b[2J\\u001b]0;mine\\u0007'],
    ['\x7f\x9b1m\u2028\u2029\0', '\\u007f\\u009b1m\\u2028\\u2029\\u0000'],
  ] as const) {
    it(JSON.stringify(text), () => expect(printable(text)).to.equal(printed));
  }
});
