/** Errors as a person reads them: places in the source, lines of code, where tasks were spawned, colours. */
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { type Coroutine, call, Lock, map, run, sleep, TimeoutError, taskGroup } from 'treadle';
import { formatError, locateDeadlocks, spawnLocation, spawnTraces } from 'treadle/debug';
import { watchDelegation } from '../../../lib/debug/inspect/delegation.js';
import { runProgram } from '../../support/child.js';
import { rejection } from '../../support/contract.js';

const HERE = 'spec/debug/errors/format-error.spec.ts';

function* fetchPage(address: string): Coroutine<void> {
  yield* sleep(1);
  throw new RangeError(`no page ${address}`);
}

function* crawl(): Coroutine<void> {
  yield* taskGroup(function* (pages) {
    pages.startSoon(fetchPage, 'a');
    pages.startSoon(function* visit() {
      yield* call(fetchPage, 'b');
    });
  });
}

/** The error of a run of `crawl`. */
function crawlError(): Promise<unknown> {
  return rejection(run(crawl, { backend: 'virtual', instruments: [spawnTraces()] }));
}

/** Places as numbers move with every edit of this file. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/:\d+:\d+/g, ':L:C').replaceAll(/\d+ frames?/g, 'N frames');
}

describe('formatError', () => {
  it('shows the tree with places in the source, engine frames folded, and where each task was spawned', async () => {
    const text = formatError(await crawlError(), { color: false });
    expect(withoutNumbers(text).split('\n')).deep.equal([
      'ExceptionGroup: 2 errors in a task group of task crawl',
      `    in task crawl (#1), spawned at ${HERE}:L:C`,
      '├─ RangeError: no page a',
      `│      at fetchPage (${HERE}:L:C)`,
      '│      … N frames of treadle and Node',
      `│      in task fetchPage (#2), spawned at ${HERE}:L:C`,
      `│      by task crawl (#1), spawned at ${HERE}:L:C`,
      '╰─ RangeError: no page b',
      `       at fetchPage (${HERE}:L:C)`,
      '       … N frames of treadle and Node',
      `       in task visit (#3), spawned at ${HERE}:L:C`,
      `       by task crawl (#1), spawned at ${HERE}:L:C`,
    ]);
  });

  it('shows the lines of code of each place once, with a caret where it is', async () => {
    const lines = formatError(await crawlError(), { color: false, code: true }).split('\n');
    const at = lines.findIndex((line) => line.includes('› '));
    expect(lines[at]).match(/^│ {10}› \d+ │ {3}throw new RangeError\(`no page \$\{address\}`\);$/);
    expect(lines[at + 1]?.indexOf('^')).equal(lines[at]?.indexOf('new RangeError'));
    expect(lines[at - 2]).match(/ function\* fetchPage/);
    expect(lines.filter((line) => line.includes('› '))).to.have.length(1);
  });

  it('is coloured when that is asked for, and says the same', async () => {
    const error = await crawlError();
    const colored = formatError(error, { color: true, code: false });
    const plain = formatError(error, { color: false });
    expect(colored).not.equal(plain);
    expect(stripVTControlCharacters(colored)).equal(plain);
    expect(stripVTControlCharacters(plain)).equal(plain);
  });

  it('tells the cause of a cancellation', async () => {
    const error = await rejection(
      run(
        function* program() {
          yield* taskGroup(function* (tg) {
            const sleeper = tg.startSoon(function* sleeper() {
              yield* sleep(1000);
            });
            tg.startSoon(function* waiter() {
              yield* sleeper;
            });
            yield* sleep(1);
            sleeper.cancel(new TimeoutError('too slow'));
          });
        },
        { backend: 'virtual' },
      ),
    );
    const text = formatError(error, { color: false });
    expect(text).match(/TaskCancelled: task sleeper \(#2\) has no result/);
    expect(text).match(
      /cause: Cancelled: task sleeper \(#2\) was cancelled by task program \(#1\): TimeoutError: too slow/,
    );
    expect(text).match(/reason: TimeoutError: too slow\n/);
  });

  it('tells the path by names when no spawn was noted', async () => {
    const error = await rejection(run(crawl, { backend: 'virtual' }));
    expect(formatError(error, { color: false })).match(
      / in task fetchPage \(#2\), spawned by task crawl \(#1\)\n/,
    );
  });

  it('takes whatever is thrown', () => {
    expect(formatError('just text', { color: false })).equal('(thrown, not an Error) the string "just text"');
    expect(formatError(undefined, { color: true })).contain('undefined');
    const far = new Error('far away');
    far.stack =
      'Error: far away\n    at f (/no/such/file.ts:7:3)\n    at eval (eval at g (/x.js:1:1), <anonymous>:1:1)';
    expect(formatError(far, { color: false, code: true }).split('\n')).deep.equal([
      'Error: far away',
      '    at f (/no/such/file.ts:7:3)',
      '    at eval (eval at g (/x.js:1:1), <anonymous>:1:1)',
    ]);
  });

  it('maps places itself where Node does not, and then still tells the engine from the program', async () => {
    const program = `
      import { run, sleep, taskGroup } from 'treadle';
      import { formatError, spawnTraces } from 'treadle/debug';
      function* failing() {
        yield* sleep(1);
        throw new RangeError('no page');
      }
      const main = () => taskGroup(function* (tg) { tg.startSoon(failing); });
      run(main, { instruments: [spawnTraces()] }).catch((error) => console.log(formatError(error)));
    `;
    const [byNode, byTreadle] = await Promise.all([runProgram(program), runProgram(program, [])]);
    expect(byTreadle.stderr).equal('');
    expect(byTreadle.stdout).match(
      / at failing \(\S*program\.ts:6:15\)\n.* … \d+ frames of treadle and Node\n/,
    );
    expect(byTreadle.stdout).match(/ in task failing \(#2\), spawned at \S*program\.ts:8:\d+\n/);
    expect(byTreadle.stdout).equal(byNode.stdout);
  });
});

describe('spawnTraces', () => {
  it('tells where a task was spawned, from where the user spawned it, through helpers too', async () => {
    const places: (string | undefined)[] = [];
    await run(
      function* () {
        yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(sleep, 1);
          places.push(spawnLocation(handle)?.file);
          expect(spawnLocation(handle)).equal(spawnLocation(handle));
        });
        yield* map([1], sleep);
      },
      { backend: 'virtual', instruments: [spawnTraces()] },
    );
    expect(places[0]).match(/spec\/debug\/errors\/format-error\.spec\.ts$/);
    const untraced = await run(
      () =>
        taskGroup(function* (tg) {
          return spawnLocation(tg.startSoon(sleep, 0));
        }),
      { backend: 'virtual' },
    );
    expect(untraced).equal(undefined);
  });
});

describe('locateDeadlocks', () => {
  const [a, b] = [new Lock({ name: 'a' }), new Lock({ name: 'b' })];
  function* takeBoth(first: Lock, second: Lock): Coroutine<void> {
    using _first = yield* first.acquire();
    yield* sleep(1);
    yield* second.acquire();
  }
  function* nested(first: Lock, second: Lock): Coroutine<void> {
    yield* takeBoth(first, second); // native delegation: the place is inside of it
  }

  async function deadlockLines(): Promise<string[]> {
    const error = await rejection(
      run(
        () =>
          taskGroup(function* (tg) {
            tg.startSoon(takeBoth, a, b);
            tg.startSoon(nested, b, a);
          }),
        { backend: 'virtual' },
      ),
    );
    return String(error)
      .split('\n')
      .filter((line) => line.startsWith('  - '));
  }

  async function places(): Promise<(string | undefined)[]> {
    return (await deadlockLines()).map((line) => /, at (.*)$/.exec(line)?.[1]);
  }

  it('makes each DeadlockError tell where each task stands, until it is disposed of', async () => {
    {
      using _ = locateDeadlocks();
      const [direct, delegating, main] = await places();
      expect(direct).match(new RegExp(`^${HERE}:\\d+:\\d+$`));
      expect(delegating).match(new RegExp(`^${HERE}:\\d+:\\d+$`));
      expect(delegating).not.equal(direct); // at its yield* takeBoth(…)
      expect(main).equal(undefined); // it runs an effect, and no line of the user's
      using _watch = watchDelegation();
      expect(await places()).deep.equal([direct, direct, undefined]);
    }
    for (const line of await deadlockLines()) expect(line).not.contain(HERE);
  });
});
