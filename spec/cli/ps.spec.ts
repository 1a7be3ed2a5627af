/** `treadle ps` and `pstree`: what they tell of live processes, and that those do not suffer from it. */
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { listenersOf } from '../../lib/debug/attach/attach-process.js';
import type { TaskSnapshot } from '../../lib/debug/inspect/task-snapshot.js';
import { Project, type Started } from '../support/command.js';

/** A program that nobody has prepared; it counts on its standard output as long as it lives. */
const WORKSHOP = `
import { Lock, run, sleep, sleepForever, taskGroup } from 'treadle';
const saw = new Lock({ name: 'saw' });
function* joiner(wood) {
  const using = yield* saw.acquire();
  yield* sleepForever();
}
console.log('begun');
await run(function* workshop() {
  yield* taskGroup(function* (tg) {
    tg.startSoon(joiner, 'oak');
    tg.startSoon(joiner, 'elm');
    for (let count = 1; ; count++) {
      console.log('count', count);
      yield* sleep(20);
    }
  });
}, { name: 'workshop' });
`;
/** The same, and nobody in it moves: what is told of it is the same at every look. */
const STILL = WORKSHOP.replace('yield* sleep(20)', 'yield* sleepForever()');
const CROWD = `
import { run, sleepForever, sleep, taskGroup } from 'treadle';
function* member(number) {
  const label = 'member ' + number;
  yield* sleepForever();
}
await run(function* crowd() {
  yield* taskGroup(function* (tg) {
    for (let n = 0; n < 10_000; n++) tg.startSoon(member, n);
    for (let count = 1; ; count++) {
      console.log('count', count);
      yield* sleep(20);
    }
  });
});
`;

describe('treadle ps', function () {
  this.timeout(60_000);
  let project: Project;
  /** One for all who only look: that it lives on is part of the story. */
  let workshop: Started;

  before(async () => {
    project = await Project.create();
    project.write('workshop.mjs', WORKSHOP);
    project.write('still.mjs', STILL);
    project.write('crowd.mjs', CROWD);
    workshop = await live('workshop.mjs');
  });

  after(() => project.remove());

  /** Starts a program whose inspector takes a port that is free. */
  async function live(file: string, says = 'count 3', ...options: string[]): Promise<Started> {
    const program = project.node('--inspect-port=0', ...options, file);
    await program.says(says);
    return program;
  }

  /** It counts on. */
  async function goesOn(program: Started): Promise<void> {
    const last = Number([...program.stdout.matchAll(/count (\d+)\n/g)].at(-1)?.[1]);
    await program.says(`count ${last + 3}\n`);
  }

  async function end(program: Started): Promise<void> {
    program.process.kill('SIGKILL');
    await program.ended;
  }

  it('lists the tasks of a live process: what each waits for, and where', async () => {
    const still = await live('still.mjs', 'count 1');
    const { code, stdout, stderr } = await project.treadle('ps', '--time-limit', '60000', String(still.pid));
    expect([code, stderr]).to.deep.equal([0, '']);
    const [title, head, ...tasks] = stdout.trimEnd().split('\n');
    expect(title).to.equal('run "workshop": 3 tasks');
    expect(head).to.match(/^ID +NAME +STATE +WAITS FOR +WHERE$/);
    expect(tasks).to.have.length(3);
    expect(tasks[0]).to.match(/^ 1 +workshop +parked +sleepForever .* at still\.mjs:15:\d+$/);
    expect(tasks[1]).to.match(/^ 2 +joiner +parked +.+ +joiner at still\.mjs:6:\d+$/);
    expect(tasks[2]).to.match(
      /^ 3 +joiner +parked +lock "saw" held by joiner.*#2.* joiner at still\.mjs:5:\d+$/,
    );
    await end(still);
  });

  it('leaves the process as it was: it goes on, its inspector is closed again, and can be opened again', async () => {
    const before = listenersOf(workshop.pid);
    for (let time = 1; time <= 2; time++) {
      expect((await project.treadle('ps', String(workshop.pid))).code).to.equal(0);
      await goesOn(workshop);
      expect(listenersOf(workshop.pid)).to.deep.equal(before);
    }
  });

  it('lets an inspector be that was open before', async () => {
    const program = await live('workshop.mjs', 'count 3', '--inspect=0');
    const before = listenersOf(program.pid);
    expect(before).to.have.length(1);
    expect((await project.treadle('ps', String(program.pid))).code).to.equal(0);
    expect(listenersOf(program.pid)).to.deep.equal(before);
    await end(program);
  });

  it('finds the inspector of a process that serves others', async () => {
    project.write(
      'server.mjs',
      `import http from 'node:http'; http.createServer().listen(0, '127.0.0.1');\n${WORKSHOP}`,
    );
    const program = await live('server.mjs');
    const { code, stdout } = await project.treadle('ps', String(program.pid));
    expect(code).to.equal(0);
    expect(stdout).to.include('joiner');
    await goesOn(program);
    await end(program);
  });

  it('looks into a process that is busy and lets no task run', async () => {
    project.write(
      'busy.mjs',
      `import { run, sleep } from 'treadle';
       function spin() {
         for (;;);
       }
       await run(function* busy() { yield* sleep(1); console.log('spins'); spin(); });`,
    );
    const program = await live('busy.mjs', 'spins');
    const { code, stdout } = await project.treadle('ps', String(program.pid));
    expect(code).to.equal(0);
    expect(stdout).to.match(/ 1 +busy +running +spin at busy\.mjs:3:/);
    const tree = await project.treadle('pstree', String(program.pid));
    expect(tree.stdout).to.match(/at spin +busy\.mjs:3:\d+\n +at busy +busy\.mjs:5:\d+\n?$/);
    await end(program);
  });

  it('gives all that is known as JSON', async () => {
    const { stdout } = await project.treadle('ps', String(workshop.pid), '--json');
    const [main, ...others] = JSON.parse(stdout) as TaskSnapshot[];
    expect(others).to.deep.equal([]);
    expect(main?.children.map(({ name }) => name)).to.deep.equal(['joiner', 'joiner']);
    const wood = main?.children[1]?.frames.at(-1)?.locals.find(({ name }) => name === 'wood');
    expect(wood?.text).to.match(/elm/);
  });

  it('shows them as a tree, with frames and local variables', async () => {
    const { code, stdout } = await project.treadle('pstree', String(workshop.pid));
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /workshop[\s\S]*joiner[\s\S]*workshop\.mjs:6[\s\S]*wood[\s\S]*oak[\s\S]*workshop\.mjs:5[\s\S]*elm/,
    );
    const without = await project.treadle('pstree', String(workshop.pid), '--no-locals');
    expect(without.stdout).to.include('workshop.mjs:6').and.to.not.include('oak');
    await goesOn(workshop);
  });

  it('lists 10,000 tasks, and the process goes on; what there was no time for is left out, and that is said', async () => {
    const program = await live('crowd.mjs');
    for (const limit of ['60000', '1', undefined]) {
      const limited = limit === undefined ? [] : ['--time-limit', limit];
      const { code, stdout, stderr } = await project.treadle('ps', String(program.pid), ...limited);
      expect(code).to.equal(0);
      expect(stdout.match(/^ *\d+ +member +parked +sleepForever/gm)).to.have.length(10_000);
      const placed = stdout.match(/ member at crowd\.mjs:5:\d+$/gm) ?? [];
      if (limit === '1') {
        expect(placed).to.have.length.below(10_000);
        expect(stderr).to.match(/^missing: .*time limit/m);
      } else if (limit === '60000') {
        expect(placed).to.have.length(10_000);
        expect(stderr).to.equal('');
      } else expect(placed).to.have.length.above(0); // as many as there is time for
      await goesOn(program);
    }
    await end(program);
  });

  it('refuses limits that are none', async () => {
    const { code, stderr } = await project.treadle('ps', String(workshop.pid), '--time-limit', 'soon');
    expect(stderr).to.match(/'--time-limit <ms>' argument 'soon' is invalid\. It is a whole number/);
    expect(code).to.equal(2);
  });

  describe('refuses, with a sentence and the exit code 2,', () => {
    async function refused(pid: number | string, said: RegExp, command = 'ps'): Promise<void> {
      const { code, stdout, stderr } = await project.treadle(command, String(pid));
      expect(stderr).to.match(said);
      expect([code, stdout]).to.deep.equal([2, '']);
    }

    it('what is no process id', () =>
      refused('server', /'server' is invalid for argument 'pid'\. A process id is/));

    it('a process that is not there', async () => {
      await refused(2 ** 30, /^treadle: there is no process 1073741824/);
      await refused(2 ** 30, /^treadle: there is no process 1073741824/, 'pstree');
    });

    it('a process that is not Node, which the signal would kill', async () => {
      const other = project.spawn('sleep', '30');
      await refused(other.pid, /is not Node, it runs .*: give the id of the process that runs node/);
      expect(other.isAlive).to.equal(true);
    });

    it('a process that is stopped', async () => {
      workshop.process.kill('SIGSTOP');
      await refused(workshop.pid, /is stopped and cannot answer: let it go on first \(kill -CONT \d+\)/);
      workshop.process.kill('SIGCONT');
      await goesOn(workshop);
      expect(listenersOf(workshop.pid)).to.deep.equal([]);
    });

    it('a process that does not use Treadle', async () => {
      project.write('plain.mjs', `console.log('up'); setInterval(() => console.log('count 1'), 50);`);
      const program = await live('plain.mjs', 'up');
      await refused(program.pid, /has not loaded Treadle/);
      expect(program.isAlive).to.equal(true);
      expect(listenersOf(program.pid)).to.deep.equal([]);
      await end(program);
    });

    it('a process that keeps the signal to itself, after asking it', async () => {
      project.write(
        'keeps.mjs',
        `process.on('SIGUSR1', () => console.log('mine')); console.log('up'); setInterval(() => {}, 50);`,
      );
      const program = await live('keeps.mjs', 'up');
      await refused(program.pid, /has not: .* If it handles SIGUSR1 itself, .* start it with --inspect\. /);
      await end(program);
    });

    it('a process none of whose runs is alive', async () => {
      project.write(
        'over.mjs',
        `import { run } from 'treadle'; await run(function* () {}); console.log('over'); setInterval(() => {}, 50);`,
      );
      const program = await live('over.mjs', 'over');
      await refused(program.pid, /uses Treadle, but none of its runs is alive/);
      await end(program);
    });

    it('a process whose port another one holds, without sending it anything', async () => {
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const { port } = server.address() as { port: number };
      const program = await live('workshop.mjs', 'count 3', `--inspect-port=${port}`);
      await refused(
        program.pid,
        new RegExp(`would open its inspector at port ${port}, which another process holds`),
      );
      await pause(50);
      expect(program.stderr).to.equal('');
      server.close();
      await end(program);
    });
  });
});
