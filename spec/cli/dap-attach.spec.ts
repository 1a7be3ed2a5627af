/** `treadle dap` with a live process: looking, pausing, continuing; and that the process does not suffer from it. */
import { join } from 'node:path';
import { expect } from 'chai';
import { listenersOf } from '../../lib/debug/attach/attach-process.js';
import { Project, type Started } from '../support/command.js';
import { DapClient, refusal } from '../support/dap-client.js';

const WORKSHOP = `import { Lock, run, sleep, sleepForever, taskGroup } from 'treadle';
const saw = new Lock({ name: 'saw' });
function* joiner(wood) {
  const plank = { wood, cuts: [30, 60], mark: new (class { #by = wood; })() };
  yield* saw.acquire();
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
});
`;

describe('treadle dap, attached', function () {
  this.timeout(60_000);
  let project: Project;
  let port: number;
  const clients: DapClient[] = [];

  before(async () => {
    project = await Project.create();
    project.write('workshop.mjs', WORKSHOP);
    const server = project.start('dap', '--port', '0');
    await server.says('listens at');
    port = Number(/:(\d+)\n/.exec(server.stdout)?.[1]);
  });

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.stop())));

  after(() => project.remove());

  async function connected(): Promise<DapClient> {
    const client = new DapClient();
    clients.push(client);
    await client.start(port);
    return client;
  }

  async function live(says = 'count 2', file = 'workshop.mjs', ...options: string[]): Promise<Started> {
    const program = project.node('--inspect-port=0', ...options, file);
    await program.says(says);
    return program;
  }

  it('shows tasks and variables of a paused process, lets it go on, and leaves it as it was', async () => {
    const program = await live();
    const dap = await connected();
    await dap.begin('attach', { pid: program.pid });
    expect((await dap.threadsRequest()).body.threads.map(({ id }) => id)).to.deep.equal([1, 2, 3]);
    expect(await refusal(dap.stackTraceRequest({ threadId: 2 }))).to.equal(
      'The process is running: pause it first.',
    );

    await dap.pauseRequest({ threadId: 3 });
    expect(await dap.stops()).to.equal('pause #3 joiner:5');
    expect(await refusal(dap.pauseRequest({ threadId: 3 }))).to.equal('The process stands still already.');
    const names = await dap.threadNames();
    expect(names[1]).to.match(/^2 joiner #2 \(sleep/);
    expect(names[2]).to.equal('3 joiner #3 (lock "saw" held by joiner (#2))');
    expect(await dap.stack(2)).to.equal('joiner:6');
    expect((await dap.frames(2))[0]!.source!.path).to.equal(join(project.folder, 'workshop.mjs'));
    const { plank } = await dap.scope('Local', 2);
    const { wood, cuts, mark } = await dap.below(plank!.variablesReference);
    expect((await dap.below(mark!.variablesReference))['#by']!.value).to.equal('"oak"');
    expect([wood!.value, cuts!.value]).to.deep.equal(['"oak"', 'Array(2) [30, 60]']);
    const both = [2, 3].map((task) => dap.evaluates('plank.cuts[0] + plank.wood', 'hover', task));
    expect(await Promise.all(both)).to.deep.equal(['"30oak"', '"30elm"']);
    expect(await dap.evaluates('saw.name', 'hover', 3)).to.equal('"saw"');
    expect((await dap.values('Module', 2))['saw']).to.equal('Lock "saw"');
    expect(await refusal(dap.evaluates('plank.wood = 1', 'watch', 3))).to.match(/^This would perhaps change/);
    expect(await refusal(dap.evaluates('nobody', 'hover', 3))).to.equal(
      'ReferenceError: nobody is not defined.',
    );

    const said = program.stdout;
    await dap.continueRequest({ threadId: 3 });
    const count = Number(/count (\d+)\n$/.exec(said)![1]);
    await program.says(`count ${count + 2}\n`);

    await dap.pauseRequest({ threadId: 1 }); // an editor may go at any time
    await dap.next('stopped');
    await dap.disconnectRequest();
    await program.says(`count ${count + 4}\n`);
    expect(listenersOf(program.pid)).to.deep.equal([]);
    expect(program.isAlive).to.equal(true);
  });

  it('says what cannot be done, and that the process has ended', async () => {
    const program = await live();
    const dap = await connected();
    await dap.begin('attach', { pid: String(program.pid) });
    const { body } = await dap.setBreakpointsRequest({
      source: { path: join(project.folder, 'workshop.mjs') },
      breakpoints: [{ line: 5 }],
    });
    expect(body.breakpoints[0]).to.include({ verified: false });
    expect(body.breakpoints[0]!.message).to.match(
      /^A process that was attached to does not stop at breakpoints/,
    );
    for (const request of ['next', 'stepBack']) {
      const said = await refusal(dap.customRequest(request, { threadId: 1 }));
      expect(said).to.match(
        /can be paused and continued, but not stepped: launch the program in the debugger/,
      );
    }
    program.process.kill('SIGKILL');
    await dap.next('terminated');
    expect(dap.has('exited')).to.equal(false);
    expect(await dap.threadNames()).to.deep.equal([]);
  });

  it('attaches by the port of an open inspector, and shows where a busy task is', async () => {
    project.write(
      'busy.mjs',
      `import { run, sleep } from 'treadle';
       function spin(until) {
         while (Date.now() < until);
       }
       await run(function* busy() { for (;;) {
         yield* sleep(1); console.log('spins'); spin(Date.now() + 30_000);
       } });`,
    );
    const program = await live('spins', 'busy.mjs', '--inspect=127.0.0.1:0');
    const inspectorPort = Number(/127\.0\.0\.1:(\d+)\//.exec(program.stderr)![1]);
    const dap = await connected();
    await dap.begin('attach', { port: inspectorPort });
    await dap.pauseRequest({ threadId: 1 });
    expect(await dap.stops()).to.match(/^pause #1 spin:3 < busy:6/);
    expect(await dap.threadNames()).to.deep.equal(['1 busy #1 (running)']);
    await dap.disconnectRequest();
    expect(program.isAlive).to.equal(true);
    expect(listenersOf(program.pid)).to.have.length(1);
  });

  it('knows scripts that are loaded after it has attached', async () => {
    project.write(
      'later.mjs',
      `import { sleepForever } from 'treadle';
       export function* latecomer() {
         setTimeout(console.log, 50, 'here'); // when it has parked
         yield* sleepForever();
       }`,
    );
    project.write(
      'early.mjs',
      `import { events, run, until } from 'treadle';
       import { watch } from 'node:fs';
       await run(function* early() {
         const changes = yield* events(watch('.'), 'change');
         console.log('watching');
         yield* changes.receive();
         const { latecomer } = yield* until(import('./later.mjs'));
         yield* latecomer();
       });`,
    );
    const program = await live('watching', 'early.mjs');
    const dap = await connected();
    await dap.begin('attach', { pid: program.pid });
    project.write('signal.txt', 'now');
    await program.says('here');
    await dap.pauseRequest({ threadId: 1 });
    expect(await dap.stops()).to.equal('pause #1 latecomer:4 < early:8');
    expect(await dap.threadNames()).to.deep.equal(['1 early #1 (sleepForever)']);
  });

  const BAD: readonly [what: string, args: object, said: RegExp][] = [
    ['neither pid nor port', {}, /^"attach" takes either "pid", .* or "port"/],
    [
      'a pid that is no number',
      { pid: 'twelve' },
      /^"pid" is a whole number above 0, not the string "twelve"/,
    ],
    ['a process that is not there', { pid: 2 ** 30 }, /^There is no process \d+/],
    [
      'a port where nobody listens',
      { port: 1 },
      /^No inspector of Node listens at port 1: start the program with/,
    ],
  ];
  for (const [what, args, said] of BAD) {
    it(`refuses ${what}`, async () => {
      const dap = await connected();
      await dap.initializeRequest();
      expect(await refusal(dap.attachRequest(args as never))).to.match(said);
    });
  }

  it('refuses a process that has no Treadle, which goes on', async () => {
    project.write('other.mjs', `console.log('up'); setInterval(() => {}, 1000);`);
    const program = await live('up', 'other.mjs');
    const dap = await connected();
    await dap.initializeRequest();
    expect(await refusal(dap.attachRequest({ pid: program.pid } as never))).to.match(
      /^The process has not loaded Treadle/,
    );
    expect(program.isAlive).to.equal(true);
  });
});
