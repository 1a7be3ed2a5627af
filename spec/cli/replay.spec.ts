/** `treadle record` and `treadle replay`: a program is recorded as it runs, and replays as it ran, without its I/O. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Ended, Project } from '../support/command.js';

const CLIENT = `
  import { sleep, taskGroup, until } from 'treadle';
  function* ask(url, path) {
    const response = yield* until((signal) => fetch(url + path, { signal }));
    const { answer } = yield* until(response.json());
    yield* sleep(Math.random() * 5);
    console.log(path, response.status, response.headers.get('x-kind'), answer);
    return answer;
  }
  export function* main() {
    console.log('at', Date.now());
    const handles = yield* taskGroup(function* (tg) {
      return ['/a', '/b', '/c'].map((path) => tg.startSoon(ask, process.argv[2], path));
    });
    console.log(handles.map((handle) => handle.returnValue).join(' '));
  }`;

describe('treadle record and replay', function () {
  this.timeout(60_000);
  let project: Project;
  let server: Server;
  let url: string;
  let asked = 0;

  before(async () => {
    project = await Project.create();
    project.write('client.mjs', CLIENT);
    server = createServer((request, response) => {
      asked++;
      response.setHeader('x-kind', 'real');
      setTimeout(
        () => response.end(JSON.stringify({ answer: `${request.url} ${asked}` })),
        Math.random() * 20,
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });

  after(async () => {
    server.close();
    server.closeAllConnections();
    await project.remove();
  });

  async function record(name: string, ...args: string[]): Promise<Ended> {
    return await project.treadle('record', `${name}.mjs`, '-o', `${name}.jsonl`, ...args);
  }

  function edit(name: string, change: (text: string) => string): void {
    const path = join(project.folder, name);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }

  it('gives the same output, and asks no server', async () => {
    const recorded = await record('client', url);
    expect(recorded.stderr).to.equal('');
    expect(recorded.stdout).to.match(/^at \d+\n(\/[abc] 200 real \/[abc] [123]\n){3}/);
    const before = asked;
    expect(await project.treadle('replay', 'client.jsonl')).to.deep.equal(recorded);
    expect(asked).to.equal(before);
  });

  it('steps it in the debugger, forwards and back', async () => {
    project.write('commands', 'continue\nback 3\ncontinue\nquit\n');
    const { stdout, code } = await project.treadle('replay', '--step', 'client.jsonl', '-x', 'commands');
    expect(code).to.equal(0);
    expect(stdout.match(/│ \/a [123] \/b [123] \/c [123]\n/g)).to.have.length(2); // what main says at its end
    expect(stdout.match(/has ended after \d+ steps/g)).to.have.length(2);
  });

  it('steps runs within runs, back over their beginnings too', async () => {
    project.write(
      'nested.mjs',
      `
      import { checkpoint, run, runSync, sleep, until } from 'treadle';
      function* inner() {
        yield* sleep(1);
        return Math.random();
      }
      function* atOnce() {
        yield* checkpoint();
        return 'at once';
      }
      export function* main() {
        for (const turn of [1, 2]) {
          const value = yield* until(run(inner));
          console.log(turn, value, runSync(atOnce, { backend: 'virtual' }));
          yield* sleep(1);
        }
      }`,
    );
    const { stdout: lines } = await record('nested');
    project.write('commands', 'continue\nback 9\ncontinue\nquit\n');
    const { stdout, code } = await project.treadle('replay', '--step', 'nested.jsonl', '-x', 'commands');
    for (const line of lines.trim().split('\n')) expect(stdout.split(line)).to.have.lengthOf(3);
    expect(stdout.match(/run of main has ended after 9 steps/g)).to.have.lengthOf(2);
    expect([code, stdout.includes('is not what was recorded')]).to.deep.equal([0, false]);
  });

  it('shows at each step what runs within runs had changed by then', async () => {
    project.write(
      'bank.mjs',
      `
      import { run, sleep, until } from 'treadle';
      class Bank {
        #balance = 10;
        take(sum) {
          this.#balance -= sum;
        }
      }
      function* take(bank) {
        yield* sleep(1);
        bank.take(3);
        yield* sleep(1);
        bank.take(3);
      }
      export function* main() {
        const bank = new Bank();
        yield* until(run(() => take(bank), { name: 'take' }));
        yield* sleep(1);
        console.log('taken');
      }`,
    );
    await record('bank');
    project.write(
      'commands',
      'step 2\nstep\nprint bank\ncontinue\nback 2\nprint bank\nback 2\nprint bank\ngoto 3\nprint bank\nquit\n',
    );
    const { stdout, stderr, code } = await project.treadle(
      'replay',
      '--step',
      'bank.jsonl',
      '-x',
      'commands',
    );
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout.match(/(?<=#balance: )\d+/g)).to.deep.equal(['4', '4', '10', '4']);
    expect(stdout.match(/run \S+( main)? has ended/g)?.slice(0, 2)).to.deep.equal([
      'run "take" has ended',
      'run of main has ended',
    ]);
  });

  it('names the step at which a changed program goes another way, and the file that has changed', async () => {
    await record('client', url);
    edit('client.mjs', (text) => text.replace('Math.random() * 5', '1 + Math.random() * 5'));
    const { stderr, code } = await project.treadle('replay', 'client.jsonl');
    expect(code).to.equal(2);
    expect(stderr).to.match(/client\.mjs has changed since it was recorded/);
    expect(stderr).to.match(
      /treadle: step \d+ of run "main" is not what was recorded:\n {2}recorded: task ask \(#\d\) yielded sleep\([\d.e-]+\) in ask, declared at .*client\.mjs:3\n {2}replayed: task ask \(#\d\) yielded sleep\([\d.]+\) in ask at client\.mjs:6:\d+\n$/,
    );
    edit('client.mjs', () => CLIENT);
  });

  it('replays a program that runs by itself, with the times that it took, failures and signals too', async () => {
    const source = `
      import { run, sleep, until } from 'treadle';
      const began = performance.now();
      await run(function* first() { yield* sleep(100); });
      const took = performance.now() - began;
      console.log(took, took > 90);
      await run(function* second() { yield* until(Promise.reject(new RangeError('out of range'))); });`;
    project.write('two.mjs', source);
    const recorded = await record('two');
    expect(recorded.code).to.equal(1);
    expect(recorded.stdout).to.match(/true\n$/);
    const replayed = await project.treadle('replay', 'two.jsonl');
    expect([replayed.code, replayed.stdout]).to.deep.equal([1, recorded.stdout]);
    expect(replayed.stderr).to.contain('RangeError: out of range');
  });

  it('replays what a signal has ended', async () => {
    const path = project.write(
      'waits.mjs',
      `import { sleep, sleepForever } from 'treadle';
       export function* main() {
         try { yield* sleep(5); console.log('up'); yield* sleepForever(); } finally { console.log('down'); }
       }`,
    );
    const started = project.start('record', path, '-o', 'waits.jsonl');
    await started.says('up');
    started.process.kill('SIGINT');
    expect((await started.ended).code).to.equal(130);
    const replayed = await project.treadle('replay', 'waits.jsonl');
    expect(replayed).to.deep.equal({ code: 130, stdout: 'up\ndown\n', stderr: '' });
  });

  it('replays a server of main() that was asked to stop, and steps it there and back', async () => {
    const path = project.write(
      'serves.mjs',
      `import { once } from 'node:events';
       import { createServer } from 'node:http';
       import { main, sleep, stopRequested, taskGroup, until } from 'treadle';
       const server = createServer((request, response) => response.end('page ' + request.url));
       main(function* serves() {
         server.listen(0, '127.0.0.1');
         yield* until(once(server, 'listening'));
         const { port } = server.address();
         const response = yield* until(fetch('http://127.0.0.1:' + port + '/a'));
         console.log(yield* until(response.text()), port > 0);
         yield* taskGroup(function* (tg) {
           tg.startSoon(function* worker() { try { yield* sleep(60_000); } finally { console.log('cancelled'); } });
           yield* stopRequested();
           console.log('asked to stop');
           server.close();
           server.closeAllConnections();
         });
       }, { graceMs: 20 });`,
    );
    const started = project.start('record', path, '-o', 'serves.jsonl');
    await started.says('page /a');
    started.process.kill('SIGTERM');
    const recorded = await started.ended;
    expect(recorded).to.deep.include({ code: 143, stdout: 'page /a true\nasked to stop\ncancelled\n' });
    expect(await project.treadle('replay', 'serves.jsonl')).to.deep.equal(recorded);
    project.write('commands', 'continue\nback 3\ncontinue\nquit\n');
    const { stdout } = await project.treadle('replay', '--step', 'serves.jsonl', '-x', 'commands');
    expect(stdout.match(/│ (asked to stop|cancelled)|has ended after \d+ steps/gm)).to.deep.equal([
      '│ asked to stop',
      '│ cancelled',
      'has ended after 9 steps',
      '│ asked to stop',
      '│ cancelled',
      'has ended after 9 steps',
    ]);
  });

  it('sends no signal that the program sends, and ends as the one did that it sent itself', async () => {
    project.write(
      'signals.mjs',
      `import { main, sleep, stopRequested } from 'treadle';
       main(function* app() {
         yield* sleep(1);
         process.kill(process.pid, 'SIGTERM');
         yield* stopRequested();
         yield* sleep(1);
         console.log('in time');
       }, { graceMs: 10_000 });`,
    );
    const recorded = await record('signals');
    expect(recorded).to.deep.equal({ code: 143, stdout: 'in time\n', stderr: '' });
    expect(await project.treadle('replay', 'signals.jsonl')).to.deep.equal(recorded);
    project.write('commands', 'step 3\nback 2\nstep 2\ncontinue\nback 3\ncontinue\nquit\n');
    const { stdout } = await project.treadle('replay', '--step', 'signals.jsonl', '-x', 'commands');
    expect(stdout.match(/│ in time|has ended after \d+ steps/g)).to.deep.equal([
      ...['│ in time', 'has ended after 4 steps'],
      ...['│ in time', 'has ended after 4 steps'],
    ]);
  });

  it('knows runs that begin behind an await from those that begin in steps', async () => {
    project.write(
      'behind.mjs',
      `import { run, sleep, until } from 'treadle';
       function* first() { yield* sleep(1); return 'first'; }
       function* second() { yield* until(Promise.resolve()); yield* sleep(2); return 'second'; }
       const begin = (job) => run(() => job());
       async function behind(job) { await null; return begin(job); }
       export function* main() {
         const log = [];
         log.push(yield* until(behind(first)), yield* until(behind(second)));
         log.push(yield* until(begin(first)), yield* until(begin(second)));
         console.log(log.join());
       }`,
    );
    await record('behind');
    for (const commands of ['goto 4\ncontinue\n', 'goto 3\nback 2\ncontinue\n']) {
      project.write('commands', `${commands}quit\n`);
      const { stdout } = await project.treadle('replay', '--step', 'behind.jsonl', '-x', 'commands');
      expect(stdout).to.contain('│ first,second,first,second').and.not.contain('not what was recorded');
    }
  });

  it('leaves a recording that can be used when the process is killed', async () => {
    const path = project.write(
      'killed.mjs',
      `import { sleep } from 'treadle';
       export function* main() { for (let n = 0; ; n++) { console.log('turn', n); yield* sleep(1); } }`,
    );
    const started = project.start('record', path, '-o', 'killed.jsonl');
    await started.says('turn 30');
    started.process.kill('SIGKILL');
    await started.ended;
    const { stdout, stderr, code } = await project.treadle('replay', 'killed.jsonl');
    expect(stdout).to.contain('turn 4'); // what is written is some turns behind when the machine is busy
    expect(stderr).to.match(
      /^treadle: the recording of run "main" ends after step \d+: the process ended here/,
    );
    expect(code).to.equal(0);
  });

  it('says so when the program does not begin what was recorded', async () => {
    await record('two');
    edit(
      'two.mjs',
      () => `import { run, sleep } from 'treadle'; await run(function* first() { yield* sleep(100); });`,
    );
    const { stderr, code } = await project.treadle('replay', 'two.jsonl');
    expect(stderr).to.contain('did not begin what was recorded: the run');
    expect(code).to.equal(2);
  });

  it('refuses what is no recording, and a recording of a program that is gone', async () => {
    const refusal = 'this is no recording; make one with `treadle record FILE -o out.jsonl`';
    for (const text of ['', 'hello', '{"traceEvents": []}', 'null', '[1]']) {
      project.write('nothing.jsonl', text);
      const refused = await project.treadle('replay', 'nothing.jsonl');
      expect([refused.code, refused.stderr]).to.deep.equal([2, `treadle: nothing.jsonl: ${refusal}\n`]);
    }
    const aimless = await project.treadle('replay', 'nothing.jsonl', '-x', 'commands');
    expect(aimless.stderr).to.equal('treadle: the option --commands is for the debugger: give --step too\n');
    const missing = await project.treadle('replay', 'no.jsonl');
    expect(missing.code).to.equal(2);
    expect(missing.stderr).to.match(/^treadle: the recording cannot be read: ENOENT/);
    await record('client', url);
    edit('client.jsonl', (text) => text.replace('["step",', '["stop",'));
    const damaged = await project.treadle('replay', 'client.jsonl');
    expect(`${damaged.code},${damaged.stderr}`).to.match(
      /^2,treadle: client\.jsonl: line \d+ of the recording is damaged/,
    );
    edit('client.jsonl', (text) => text.replaceAll('client.mjs', 'gone.mjs'));
    const gone = await project.treadle('replay', 'client.jsonl');
    expect(gone.code).to.equal(2);
    expect(gone.stderr).to.match(/is a recording of .*gone\.mjs, and that file is gone/);
  });
});
