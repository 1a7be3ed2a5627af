import { expect } from 'chai';
import { makeDescriber } from '../../../lib/debug/inspect/describe-value.js';

const { describe: inWords, variables, moduleVariables, functionNames } = makeDescriber();

class Shape {
  readonly sides = 4;
}

/** A list of scopes as the inspector makes it. */
function scopes(...list: readonly (readonly [description: string, object: object])[]): object {
  return list.map(([description, object]) => ({ description, object }));
}

describe('values in words', () => {
  for (const [text, value] of [
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['42', 42],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['7n', 7n],
    ['"a \\"word\\""', 'a "word"'],
    ['Symbol(mark)', Symbol('mark')],
    ['function named', function named() {}],
    ['function* walk', function* walk() {}],
    ['function (anonymous)', (() => () => {})()],
    ['class Shape', Shape],
    ['{}', {}],
    ['{a: 1, "b c": {…}, d: Array(2)}', { a: 1, 'b c': {}, d: [1, 2] }],
    ['{a: 0, b: 0, c: 0, d: 0, e: 0, …}', { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0 }],
    ['Shape {sides: 4}', new Shape()],
    ['{bare: 1}', Object.assign(Object.create(null), { bare: 1 })],
    ['Array(3) [1, "a", {…}]', [1, 'a', {}]],
    ['Array(2) [empty, 1]', Object.assign(new Array(2), { 1: 1 })],
    ['Array(9) [0, 0, 0, 0, 0, …]', Array(9).fill(0)],
    ['Map(1) {…}', new Map([[1, 2]])],
    ['Set(2) {…}', new Set([1, 2])],
    ['WeakMap {…}', new WeakMap()],
    ['Uint8Array(3)', new Uint8Array(3)],
    ['ArrayBuffer', new ArrayBuffer(3)],
    ['1970-01-01T00:00:00.000Z', new Date(0)],
    ['Invalid Date', new Date(Number.NaN)],
    ['/a+/', /a+/g],
    ['TypeError: no such thing', new TypeError('no such thing')],
    ['Error', new Error()],
    ['Error: a\\n\\u001b[31mb', new Error('a\n\x1b[31mb')],
    ['Promise {…}', Promise.resolve()],
    ['Generator {…}', (function* () {})()],
    ['Proxy', new Proxy({}, {})],
    ['Proxy', new Proxy(() => {}, {})],
  ] as const) {
    it(`${text}`, () => expect(inWords(value)).to.equal(text));
  }

  it('long ones are cut', () => {
    expect(inWords('x'.repeat(1000))).to.equal(`"${'x'.repeat(59)}…"`);
    expect(inWords(Array(5).fill('y'.repeat(50))))
      .to.have.lengthOf(120)
      .and.to.match(/^Array\(5\) \["y+", .*…$/);
  });

  it('what has been made to fool it does not', () => {
    const fake = Object.create(Map.prototype) as object;
    expect(inWords(fake)).to.equal('Map {}');
    const evil = {
      get constructor(): never {
        throw new Error('called');
      },
    };
    expect(inWords(Object.create(evil))).to.equal('{}');
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(inWords(revoked.proxy)).to.equal('Proxy');
    const getter = Object.defineProperty([1], 0, { get: () => expect.fail('called') });
    expect(inWords(getter)).to.equal('Array(1) [(…)]');
  });

  it('names of functions are their own, and no getter is asked', () => {
    const odd = Object.defineProperty(() => {}, 'name', { get: () => expect.fail('called') });
    expect(functionNames([Shape, odd, undefined, { name: 'no function' }])).to.deep.equal([
      'Shape',
      '',
      '',
      '',
    ]);
  });
});

describe('variables', () => {
  const global = ['Global', globalThis] as const;

  it('are those of the function, its blocks and what encloses it, and not of the module', () => {
    const list = scopes(
      ['Block (work)', { i: 1 }],
      ['Local (work)', { n: 2, arguments: [2] }],
      ['Closure (outer)', { captured: 3 }],
      ['Module', { imported: 4 }],
      global,
    );
    expect(variables([list])).to.deep.equal([
      [
        { name: 'i', text: '1', scope: 'block' },
        { name: 'n', text: '2', scope: 'local' },
        { name: 'captured', text: '3', scope: 'closure' },
      ],
    ]);
  });

  it('of a CommonJS module are left out too: they are those of a function without a name', () => {
    const names = (...list: readonly (readonly [string, object])[]) =>
      variables([scopes(...list, global)])[0]?.map(({ name }) => name);
    const local = ['Local (work)', { n: 1 }] as const;
    expect(names(local, ['Closure', { own: 2 }], ['Closure', { top: 3 }])).to.deep.equal(['n', 'own']);
    const parameters = ['Closure', { require: 4, module: 5 }] as const;
    expect(names(local, ['Closure', { own: 2 }], ['Closure', { top: 3 }], parameters)).to.deep.equal([
      'n',
      'own',
    ]);
    expect(names(local, ['Closure (outer)', { own: 2 }])).to.deep.equal(['n', 'own']);
  });

  it('of modules are to be had for themselves', () => {
    const helpers = { __defProp: Object.defineProperty, __name: (fn: object) => fn, __getOwnPropNames: 1 };
    const inModule = scopes(
      ['Local', { n: 1, __name: 2 }],
      ['Module', { ...helpers, imported: 4, top: 'a' }],
      global,
    );
    const inCommonJs = scopes(
      ['Local', { n: 1 }],
      ['Closure', { top: 3 }],
      ['Closure', { require: 4 }],
      global,
    );
    expect(moduleVariables([inModule, inCommonJs])).to.deep.equal([
      [
        { name: 'imported', text: '4', scope: 'module' },
        { name: 'top', text: '"a"', scope: 'module' },
      ],
      [{ name: 'top', text: '3', scope: 'module' }],
    ]);
  });

  it('that compilers make of `using` are left out', () => {
    const list = scopes(['Local', { _stack: [], _error: 1, _hasError: true, _kept: 1, _stack9: 2 }]);
    expect(variables([list])[0]?.map(({ name }) => name)).to.deep.equal(['_kept', '_stack9']);
  });

  it('that are not initialised say so, and have no value', () => {
    const kept: unknown[] = [];
    const list = scopes([
      'Local',
      Object.defineProperty({ a: 1 }, 'late', { get: () => expect.fail('called'), enumerable: true }),
    ]);
    const found = variables([list, undefined], (...args) => kept.push(args));
    expect(found).to.deep.equal([
      [
        { name: 'a', text: '1', scope: 'local' },
        { name: 'late', text: 'uninitialized', scope: 'local' },
      ],
      [],
    ]);
    expect(kept).to.deep.equal([[0, 0, 1]]);
  });

  it('are fifty of a frame at most', () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`v${n}`, n]));
    expect(variables([scopes(['Local', many])])[0]).to.have.lengthOf(50);
  });
});
