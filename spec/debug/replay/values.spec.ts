/** Values of programs in a recording: data comes back as it was, what is alive as a stand-in. */
import { deepStrictEqual } from 'node:assert/strict';
import { inspect } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { EndOfStream, ExceptionGroup } from 'treadle';
import * as treadleErrors from '../../../lib/base/errors.js';
import { decodeValue } from '../../../lib/debug/replay/decode-value.js';
import { encodeValue } from '../../../lib/debug/replay/encode-value.js';
import { hunt } from '../../support/programs.js';

type Make = new (message: string) => Error;

function there(value: unknown, used: string[] = []): unknown {
  const json: unknown = JSON.parse(JSON.stringify(encodeValue(value)));
  return decodeValue(json as never, { name: 'it', onUse: (name) => used.push(name) });
}

class Account {
  readonly owner = 'ann';
  balance(): number {
    return 7;
  }
}

class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code = 'E_REFUSED';
}

describe('a value in a recording', () => {
  it('comes back as it was, if it is data', () => {
    const data = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(data, (value) => {
        deepStrictEqual(there(value), value);
      }),
      hunt(300),
    );
  });

  it('keeps what refers to itself, and what is shared', () => {
    const shared = { name: 'shared' };
    const value = { list: [shared, shared], self: null as unknown, map: new Map<unknown, unknown>() };
    value.self = value;
    value.map.set('value', value);
    const again = there(value) as typeof value;
    expect(again.self).to.equal(again);
    expect(again.list[0]).to.equal(again.list[1]);
    expect(again.map.get('value')).to.equal(again);
  });

  it('is an error of the class it had, for each that Treadle has for everybody', () => {
    const classes = Object.values(treadleErrors).filter(({ prototype }) => prototype instanceof Error);
    expect(classes).to.have.length.above(10);
    for (const make of classes as Make[]) {
      const again = there(new make('lost'));
      expect(again, make.name).to.be.instanceOf(make);
      expect((again as Error).constructor, make.name).to.equal(make);
    }
  });

  it('keeps bytes, odd numbers, and objects with odd keys', () => {
    const value = { $: 'mine', list: [-0, NaN, Infinity, undefined, 12n], bytes: Buffer.from('abc') };
    expect(there(value)).to.deep.equal(value);
    expect(there(JSON.parse('{ "__proto__": 1 }'))).to.deep.equal(JSON.parse('{ "__proto__": 1 }'));
    expect(there(new URL('http://a/b?c'))).to.deep.equal(new URL('http://a/b?c'));
  });

  it('keeps errors, with their class as far as it is known here', () => {
    const cause = new RangeError('too far');
    const error = there(new TypeError('no', { cause })) as TypeError;
    expect(error).to.be.instanceOf(TypeError).with.property('message', 'no');
    expect(error.cause).to.be.instanceOf(RangeError);
    expect(there(new EndOfStream('over'))).to.be.instanceOf(EndOfStream);
    const group = there(new ExceptionGroup([cause, new SyntaxError('x')], 'two')) as ExceptionGroup;
    expect(group.errors.map((one) => (one as Error).name)).to.deep.equal(['RangeError', 'SyntaxError']);
    expect(there(new DOMException('stop', 'AbortError'))).to.include({ name: 'AbortError', message: 'stop' });
    expect(there(new RefusedError('not you'))).to.include({ name: 'RefusedError', code: 'E_REFUSED' });
    expect((there(cause) as Error).stack).to.equal(cause.stack);
  });

  it('keeps of a response what it says of itself, and lets its body be asked for', () => {
    const response = there(new Response('text', { status: 404, headers: { 'x-a': '1' } })) as Response;
    expect([response.status, response.ok, response.headers.get('x-a')]).to.deep.equal([404, false, '1']);
    expect(response).to.be.instanceOf(Response);
    expect(response.text().then).to.be.a('function');
    expect((response as unknown as { then?: unknown }).then).to.equal(undefined);
  });

  it('tells what was used that nobody has', () => {
    const used: string[] = [];
    const account = there(new Account(), used) as Account;
    expect(account.owner).to.equal('ann');
    expect(`${account.balance()}`).to.equal('[not recorded: it.balance()]');
    expect(Number(account.balance())).to.be.NaN;
    expect(() => [...(account.balance() as unknown as number[])]).to.throw(
      'it.balance() was not recorded, so at replay nothing can be got out of it',
    );
    expect(used).to.deep.equal(['it.balance()', 'it.balance()', 'it.balance()']);
    expect(inspect(account)).to.equal('[Account, recorded in part: it]');
  });

  it('is kept, whatever its getters and proxies do', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const angry = Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new Error('do not look');
      },
    });
    expect(() => there([proxy, angry, () => 1, Symbol('s'), Promise.resolve(1)])).to.not.throw();
  });
});
