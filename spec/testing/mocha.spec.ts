/** The adapter in mocha itself: each test here is one. */
import { expect } from 'chai';
import { currentTime, sleep, taskGroup } from 'treadle';
import { after, afterEach, before, beforeEach, it, onEachBackend, withOptions } from 'treadle/mocha';

describe('treadle/mocha', () => {
  const log: string[] = [];

  before(function* () {
    yield* sleep(1000);
    log.push('before');
  });
  beforeEach(function* () {
    yield* sleep(1000);
    log.push('beforeEach');
  });
  afterEach(function* () {
    log.push('afterEach');
  });
  after(function* () {
    expect(log.slice(-2)).to.deep.equal(['sees the hooks', 'afterEach']);
  });

  it('runs a test as a coroutine, in virtual time', function* () {
    yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* sleep(3_600_000);
      });
    });
    expect(currentTime()).to.equal(3_600_000);
    log.push('virtual');
  });

  it('gives it the context of mocha', function* () {
    expect(this.timeout()).to.be.a('number');
    this.timeout(5000);
    expect(this.timeout()).to.equal(5000);
    log.push('context');
  });

  it(
    'runs it where it is told to',
    function* () {
      const start = currentTime();
      yield* sleep(2);
      expect(currentTime() - start).to.be.greaterThan(1);
      expect(Math.abs(currentTime() - performance.now())).to.be.lessThan(1000);
      log.push('node');
    },
    { backend: 'node' },
  );

  it('sees the hooks', function* () {
    expect(log).to.deep.equal([
      'before',
      ...['virtual', 'context', 'node'].flatMap((label) => ['beforeEach', label, 'afterEach']),
      'beforeEach',
    ]);
    log.push('sees the hooks');
  });
});

onEachBackend('treadle/mocha', ({ it: test }, backend) => {
  test('runs a suite on each backend', function* () {
    const start = currentTime();
    yield* sleep(2);
    expect(currentTime() - start === 2).to.equal(backend === 'virtual');
  });
});

describe('treadle/mocha, with other defaults', () => {
  const { it: test } = withOptions({ backend: 'node', leaks: false });
  let timer: NodeJS.Timeout | undefined;

  test('uses them', function* () {
    timer = setTimeout(() => {}, 10_000);
    const start = currentTime();
    yield* sleep(2);
    expect(currentTime() - start === 2).to.equal(false);
  });

  after(function* () {
    clearTimeout(timer);
  });
});
