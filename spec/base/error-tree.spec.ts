/** How errors are printed: what is shown, what is folded, and that nothing that is thrown can break it. */
import { expect } from 'chai';
import { formatErrorTree } from '../../lib/base/error-tree.js';
import { withoutStack } from '../../lib/base/errors.js';

/** The tree without stack frames. */
function outline(error: unknown): string[] {
  return formatErrorTree(error)
    .split('\n')
    .filter((line) => !/^[\s│]*(at |… \d+ frames? of )/.test(line));
}

/** An error with this stack, and no other. */
function withFrames(message: string, ...frames: string[]): Error {
  const error = new Error(message);
  error.stack = [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

class PageError extends Error {}

describe('the tree of an error', () => {
  it('shows a cause under its error, also one that is no error', () => {
    const error = new Error('no page', { cause: new TypeError('no address', { cause: 'a typo' }) });
    expect(outline(error)).deep.equal([
      'Error: no page',
      '╰─ cause: TypeError: no address',
      '   ╰─ cause: (thrown, not an Error) the string "a typo"',
    ]);
  });

  it('shows the errors of any AggregateError, and what a `using` suppressed', () => {
    const suppressed = Object.assign(new Error('suppressing'), {
      error: new Error('of the disposal'),
      suppressed: new Error('of the block'),
    });
    expect(outline(new AggregateError([new Error('one'), suppressed], 'all failed'))).deep.equal([
      'AggregateError: all failed',
      '├─ Error: one',
      '╰─ Error: suppressing',
      '   ├─ error: Error: of the disposal',
      '   ╰─ suppressed: Error: of the block',
    ]);
  });

  it('shows an error that is there twice once, one that is its own cause too', () => {
    const shared = new Error('shared');
    shared.cause = shared;
    expect(outline(new AggregateError([shared, shared], 'two'))).deep.equal([
      'AggregateError: two',
      '├─ Error: shared',
      '│  ╰─ cause: Error: shared (shown above)',
      '╰─ Error: shared (shown above)',
    ]);
  });

  it('names an error by its class if nobody has given it a name, and as it is named now', () => {
    const renamed = new Error('x');
    renamed.name = 'Renamed';
    renamed.message = 'y';
    expect(outline(new PageError('gone'))).deep.equal(['PageError: gone']);
    expect(outline(renamed)).deep.equal(['Renamed: y']);
    expect(outline(new TypeError())).deep.equal(['TypeError']);
  });

  it('keeps the lines of a message together, also lines that look like frames', () => {
    const error = new AggregateError([new Error('first\n    at second\nthird')], 'outer');
    expect(
      formatErrorTree(error)
        .split('\n')
        .filter((line) => /first|second|third/.test(line)),
    ).deep.equal(['╰─ Error: first', '       at second', '   third']);
  });

  it('tells what else an error carries, and calls no getter for it', () => {
    const error = Object.assign(new Error('no file'), { code: 'ENOENT', errno: -2, at: new Date() });
    Object.defineProperty(error, 'trap', { enumerable: true, get: () => expect.fail('was called') });
    expect(outline(error)).deep.equal([
      'Error: no file',
      '    with code: "ENOENT", errno: -2, at: an object of class Date',
    ]);
  });

  it('folds the frames of the engine and of Node, and says how many', () => {
    const engine = new URL('../../lib/kernel/loop.ts', import.meta.url).pathname;
    const text = formatErrorTree(
      withFrames(
        'x',
        'top (/app/a.ts:1:2)',
        `Loop.step (${engine}:3:4)`,
        'Generator.next (<anonymous>)',
        'below (/app/b.ts:5:6)',
        `Loop.work (file://${engine}:7:8)`,
        'process.processTimers (node:internal/timers:1:1)',
      ),
    );
    expect(text.split('\n')).deep.equal([
      'Error: x',
      '    at top (/app/a.ts:1:2)',
      '    … 2 frames of treadle',
      '    at below (/app/b.ts:5:6)',
      '    … 2 frames of treadle and Node',
    ]);
  });

  it('folds what compilers put in for `using`, and knows it from functions of the same names', () => {
    const text = formatErrorTree(
      withFrames(
        'x',
        'new E (file:///app/a.ts:1:903)',
        'fail (file:///app/a.ts:1:992)',
        'next (file:///app/a.ts:1:1223)',
        '__callDispose (file:///app/a.ts:1:1264)',
        'body (/app/a.ts:6:3)',
        'next (/app/a.ts:7:8)',
        '__typeError (file:///app/b.ts:1:154)',
        '__using (file:///app/b.ts:1:352)',
        'fail (/app/b.ts:9:1)',
      ),
    );
    expect(text.split('\n')).deep.equal([
      'Error: x',
      '    … 4 frames of the compiler',
      '    at body (/app/a.ts:6:3)',
      '    at next (/app/a.ts:7:8)',
      '    … 2 frames of the compiler',
      '    at fail (/app/b.ts:9:1)',
    ]);
  });

  it('shows paths, not URLs, in which a blank is not a blank', () => {
    const text = formatErrorTree(
      withFrames('x', 'f (file:///my%20app/a.js:1:2)', 'file:///my%20app/b.js:3:4'),
    );
    expect(text.split('\n').slice(1)).deep.equal(['    at f (/my app/a.js:1:2)', '    at /my app/b.js:3:4']);
  });

  it('does not fold when no frame is the user’s, and is silent on how Node called the program', () => {
    const engine = `${new URL('../../lib/kernel/loop.ts', import.meta.url).pathname}:3:4`;
    expect(formatErrorTree(withFrames('x', `Loop.step (${engine})`)).split('\n')).deep.equal([
      'Error: x',
      `    at Loop.step (${engine})`,
    ]);
    expect(
      formatErrorTree(withFrames('x', 'f (/app/a.ts:1:2)', 'node:internal/main:3:4')).split('\n'),
    ).deep.equal(['Error: x', '    at f (/app/a.ts:1:2)']);
    expect(formatErrorTree(withFrames('x', 'afterConnect (node:net:1:2)')).split('\n')).deep.equal([
      'Error: x',
      '    … 1 frame of Node',
    ]);
  });

  it('folds also when no frame is the user’s, if the path of a task says where the error comes from', () => {
    const engine = `${new URL('../../lib/kernel/loop.ts', import.meta.url).pathname}:3:4`;
    const error = withFrames('x', `Loop.step (${engine})`);
    error.stack += '\n    in task fetch (#2)';
    expect(formatErrorTree(error).split('\n')).deep.equal([
      'Error: x',
      '    … 1 frame of treadle',
      '    in task fetch (#2)',
    ]);
  });

  it('shows so many errors and says how many more there are', () => {
    const lines = outline(new AggregateError(Array.from({ length: 200_000 }, (_, n) => `error ${n}`)));
    expect(lines.length).equal(1001);
    expect(lines.at(-1)).match(/… and 199001 more errors$/);
  });

  it('shows causes so deep and tells the innermost', () => {
    let error = new Error('the root');
    withoutStack(() => {
      for (let depth = 1; depth <= 30_000; depth++) error = new Error(`error ${depth}`, { cause: error });
    });
    const lines = outline(error);
    expect(lines.length).equal(26);
    expect(lines.at(-1)).match(/╰─ … 29976 errors nested deeper, the innermost: Error: the root$/);
  });

  it('takes whatever is thrown: values, odd errors, errors that cannot be read', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('was one'), {});
    revoke();
    const trap = (): never => {
      throw new Error('trap');
    };
    const trapped = new Error('x');
    expect(trapped.stack).not.equal(undefined); // V8 looks at the message when it writes the stack: now
    Object.defineProperties(trapped, {
      message: { get: trap },
      stack: { get: trap },
      cause: { get: trap },
      name: { get: trap },
    });
    const bare = Object.setPrototypeOf(new Error('no prototype'), null);
    for (const thrown of [undefined, null, 7, Symbol('s'), {}, () => {}, proxy, trapped, bare]) {
      expect(formatErrorTree(thrown)).to.be.a('string').and.not.equal('');
      expect(formatErrorTree(new AggregateError([thrown], 'holds it'))).match(/^AggregateError: holds it\n/);
    }
  });
});
