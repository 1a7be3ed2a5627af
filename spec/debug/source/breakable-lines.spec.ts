/** Where a breakpoint on a source line can stop: read off the source text, whatever it looks like. */
import { expect } from 'chai';
import { blankText } from '../../../lib/debug/source/blank-text.js';
import { breakableLine, breakableLines } from '../../../lib/debug/source/breakable-lines.js';

/** The lines of a text that end in the mark `// <`. */
function marked(source: string): number[] {
  return source.split('\n').flatMap((line, at) => (line.endsWith('// <') ? [at + 1] : []));
}

const SOURCE = String.raw`
import { sleep } from 'treadle'; // yield
function* one(): Coroutine<void> { // <
  const text = 'yield* me'; // what does not yield
  const more = "it's \" yield";
  yield; // <
  /* yield
     yield */ yield* sleep(1); // <
  const pattern = /yield* [/]* "/g;
  const half = more.length / 2; yield* half / 2; // <
  return text.replace(/'/g, 'yield');
}
class Source {
  *read(): Coroutine<number> { // <
    return yield* this.next; // <
  }
  static *[Symbol.iterator]() {} // <
  private *again<T>(): Coroutine<T> { // <
  }
  yield = 5;
  product = this.yield * (2);
  area = this.a *
    call(3);
}
const object = { yield: 1, async *gen() {}, plain() {} };
const template = ${'`'}yield ${'$'}{ inner({ a: ${'`'}yield${'`'} }, (yield 5)) } // <
  yield ${'`'};
const anonymous = function *() {}; // <
const is = (a: string) => /yield/.test(a) && !/yield/.test(a);
const last = function* () { // <
};
`;

describe('the lines at which a stepper can stop', () => {
  it('are those with a yield or the beginning of a generator function, and no others', () => {
    expect(breakableLines(SOURCE)).to.deep.equal(marked(SOURCE));
  });

  it('are found in a text without its comments and literals, in which everything is in its place', () => {
    const blanked = blankText(SOURCE);
    expect(blanked.split('\n').map(({ length }) => length)).to.deep.equal(
      SOURCE.split('\n').map(({ length }) => length),
    );
    expect(blankText("a = 'b' / `c$" + '{d}e` / f // g')).to.equal('a =     /     d    / f     ');
  });

  it('of texts that are cut off, or no programs, are what is found', () => {
    for (const text of ['', '`${', "'", '/*', '/', '}', '`', '"\\', '${yield']) {
      expect(blankText(text)).to.have.length(text.length);
      expect(breakableLines(text)).to.deep.equal(text === '${yield' ? [1] : []);
    }
  });

  it('stand in for those before them; behind the last one there is none', () => {
    const source = 'let a;\n\nfunction* b() {\n  yield;\n}\nlet c;\n';
    const lines = [1, 2, 3, 4].map((line) => breakableLine('/app.ts', source, line));
    expect(lines).to.deep.equal([3, 3, 3, 4]);
    expect(() => breakableLine('/app.ts', source, 5)).to.throw(
      RangeError,
      'no coroutine yields at line 5 of /app.ts or after it; a stepper stops where a coroutine yields or a generator function begins, and the last such line there is 4',
    );
    expect(() => breakableLine('/app.ts', source, 7)).to.throw('/app.ts has only 6 lines; ');
    expect(() => breakableLine('/app.ts', 'let a;', 1)).to.throw('and that file has none of these');
  });
});
