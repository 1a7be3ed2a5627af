/** `main`: a program's entry. Each spec is a process of its own, because exit codes and signals are what it is about. */
import { expect } from 'chai';
import { main } from 'treadle';
import { runProgram, startProgram } from './support/child.js';

/** A program that prints "ready", waits, and cleans up behind a shield for some milliseconds. */
const tidy = (milliseconds: number) => `
  import { isCancelled, main, shield, sleep, sleepForever } from 'treadle';
  main(function* () {
    console.log('ready');
    try {
      yield* sleepForever();
    } catch (error) {
      console.log('cancelled: ' + isCancelled(error));
      throw error;
    } finally {
      yield* shield(() => sleep(${milliseconds}));
      console.log('cleaned up');
    }
  });
`;

describe('main', () => {
  it('exits with 0 when its body ends', async () => {
    const ended = await runProgram(`
      import { main, sleep } from 'treadle';
      main(function* () {
        yield* sleep(1);
        console.log('hello');
      });
    `);
    expect(ended).to.deep.equal({ code: 0, stdout: 'hello\n', stderr: '', timedOut: false });
  });

  it('prints an unhandled error with its task path, and exits with 1', async () => {
    const ended = await runProgram(`
      import { main, sleep, taskGroup } from 'treadle';
      main(function* program() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* crawl() {
            yield* taskGroup(function* (pages) {
              pages.startSoon(function* fetchPage() {
                yield* sleep(1);
                throw new RangeError('no such page');
              });
              pages.startSoon(function* fetchImage() {
                try {
                  yield* sleep(60_000);
                } finally {
                  throw new TypeError('no such image');
                }
              });
            });
          });
        });
      });
    `);
    expect([ended.code, ended.stdout, ended.timedOut]).to.deep.equal([1, '', false]);
    expect(ended.stderr).to.include('RangeError: no such page').and.to.include('TypeError: no such image');
    expect(ended.stderr).to.match(/fetchPage.*crawl.*program/);
    expect(ended.stderr).to.match(/fetchImage.*crawl.*program/);
    expect(ended.stderr).to.include('program.ts'); // source lines, not only names
  });

  it('prints also what is no Error', async () => {
    const ended = await runProgram(`
      import { main } from 'treadle';
      main(function* () { throw 'just text'; });
    `);
    expect([ended.code, ended.stderr.includes('just text')]).to.deep.equal([1, true]);
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`on ${signal} cancels the root scope, lets clean-up finish, and exits with ${code}`, async () => {
      const child = await startProgram(tidy(30));
      await child.printed('ready');
      child.kill(signal);
      expect(await child.ended).to.deep.equal({
        code,
        stdout: 'ready\ncancelled: true\ncleaned up\n',
        stderr: '',
        timedOut: false,
      });
    });
  }

  for (const [first, second, code] of [
    ['SIGINT', 'SIGINT', 130],
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
  ] as const) {
    it(`a second signal kills at once: ${first}, then ${second}`, async () => {
      const child = await startProgram(tidy(600_000));
      await child.printed('ready');
      child.kill(first);
      await child.printed('cancelled: true');
      child.kill(second);
      const ended = await child.ended;
      expect([ended.code, ended.stdout, ended.timedOut]).to.deep.equal([
        code,
        'ready\ncancelled: true\n',
        false,
      ]);
    });
  }

  /** Finishes its work in so many milliseconds when it is asked to stop. */
  const graceful = (milliseconds: number, graceMs: string) => `
    import { main, sleep, stopRequested } from 'treadle';
    main(function* () {
      console.log('ready');
      try {
        yield* stopRequested();
        console.log('asked');
        yield* sleep(${milliseconds});
        console.log('finished');
      } finally {
        console.log('end');
      }
    }, { graceMs: ${graceMs} });
  `;

  for (const [title, milliseconds, graceMs, output] of [
    ['asks the program to stop, and lets it finish', 30, '60_000', 'asked\nfinished\nend\n'],
    ['asks for ever, if that is the grace', 30, 'Infinity', 'asked\nfinished\nend\n'],
    ['cancels the program when the grace is over', 60_000, '30', 'asked\nend\n'],
  ] as const) {
    it(`with graceMs, on a signal: ${title}`, async () => {
      const child = await startProgram(graceful(milliseconds, graceMs));
      await child.printed('ready');
      child.kill('SIGTERM');
      const stdout = `ready\n${output}`;
      expect(await child.ended).to.deep.equal({ code: 143, stdout, stderr: '', timedOut: false });
    });
  }

  it('with graceMs, a second signal kills at once', async () => {
    const child = await startProgram(graceful(60_000, '60_000'));
    await child.printed('ready');
    child.kill('SIGTERM');
    await child.printed('asked');
    child.kill('SIGINT');
    const ended = await child.ended;
    expect([ended.code, ended.stdout, ended.timedOut]).to.deep.equal([130, 'ready\nasked\n', false]);
  });

  it('refuses options that are none', () => {
    const body = function* () {};
    expect(() => main(body, 5 as never)).to.throw(TypeError, 'the options of main(body, options)');
    expect(() => main(body, { graceMs: -1 })).to.throw(RangeError, "main's graceMs");
    expect(() => main(body, { graceMs: '5' as never })).to.throw(TypeError, "main's graceMs");
  });

  it('on a signal cancels every task, innermost clean-up first', async () => {
    const child = await startProgram(`
      import { main, sleepForever, taskGroup } from 'treadle';
      function* task(name) {
        try {
          yield* sleepForever();
        } finally {
          console.log(name);
        }
      }
      main(function* () {
        try {
          yield* taskGroup(function* (tg) {
            tg.startSoon(task, 'a');
            tg.startSoon(task, 'b');
            console.log('ready');
          });
        } finally {
          console.log('main');
        }
      });
    `);
    await child.printed('ready');
    child.kill('SIGINT');
    const ended = await child.ended;
    expect([ended.code, ended.stdout, ended.stderr]).to.deep.equal([130, 'ready\na\nb\nmain\n', '']);
  });

  it('prints an error of the clean-up, and does not exit with 0', async () => {
    const child = await startProgram(`
      import { main, sleepForever } from 'treadle';
      main(function* () {
        console.log('ready');
        try {
          yield* sleepForever();
        } finally {
          throw new Error('could not clean up');
        }
      });
    `);
    await child.printed('ready');
    child.kill('SIGTERM');
    const ended = await child.ended;
    expect([ended.code !== 0, ended.stderr.includes('could not clean up'), ended.timedOut]).to.deep.equal([
      true,
      true,
      false,
    ]);
  });

  it('L5: the signals it listens to can wake the run: it is no deadlock to wait for nothing else', async () => {
    const child = await startProgram(`
      import { main, suspend } from 'treadle';
      setTimeout(() => console.log('alive'), 50);
      main(function* () {
        try {
          yield* suspend(() => {}, { foreign: false });
        } finally {
          console.log('cancelled');
        }
      });
    `);
    await child.printed('alive');
    await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGINT');
    expect(await child.ended).to.deep.equal({
      code: 130,
      stdout: 'alive\ncancelled\n',
      stderr: '',
      timedOut: false,
    });
  });

  it('L5: the signals wake nobody any more once one has come: a clean-up that hangs is a deadlock', async () => {
    const child = await startProgram(`
      import { main, shield, sleepForever, suspend } from 'treadle';
      main(function* () {
        console.log('ready');
        try {
          yield* sleepForever();
        } finally {
          yield* shield(() => suspend(() => {}, { foreign: false }));
        }
      });
    `);
    await child.printed('ready');
    child.kill('SIGINT');
    const ended = await child.ended;
    expect([ended.code !== 0, ended.stderr.includes('DeadlockError'), ended.timedOut]).to.deep.equal([
      true,
      true,
      false,
    ]);
  });

  it('sets the exit code, and leaves a process that something holds, for the next signal to kill', async () => {
    const child = await startProgram(`
      import { main, sleepForever } from 'treadle';
      setInterval(() => {}, 1000);
      main(function* () {
        console.log('ready');
        try {
          yield* sleepForever();
        } finally {
          setTimeout(() => console.log('exit code ' + process.exitCode), 50);
        }
      });
    `);
    await child.printed('ready');
    child.kill('SIGINT');
    await child.printed('exit code 130');
    child.kill('SIGINT');
    const ended = await child.ended;
    expect([ended.code, ended.stdout, ended.timedOut]).to.deep.equal([130, 'ready\nexit code 130\n', false]);
  });

  it('listens to the signals only while it runs', async () => {
    const ended = await runProgram(`
      import { main, sleep } from 'treadle';
      const count = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
      process.on('exit', () => console.log('after: ' + count()));
      main(function* () {
        yield* sleep(1);
        console.log('during: ' + count());
      });
    `);
    expect([ended.code, ended.stdout]).to.deep.equal([0, 'during: 2\nafter: 0\n']);
  });

  it('lets all output out before the process ends, also after an error', async () => {
    const ended = await runProgram(`
      import { main } from 'treadle';
      main(function* () {
        process.stdout.write('x'.repeat(1_000_000));
        throw new Error('boom');
      });
    `);
    expect([ended.code, ended.stdout.length]).to.deep.equal([1, 1_000_000]);
  });
});
