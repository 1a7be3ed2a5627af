/** `treadle dap`, as an editor uses it: stepping, breakpoints, variables, time travel, and how a session ends. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Project, type Started } from '../support/command.js';
import { DapClient, refusal, type Wanted } from '../support/dap-client.js';

/** Line 2 begins the function, lines 4 and 6 are the yields. */
const FAMILY = `import { sleep, call, taskGroup } from 'treadle';
function* child(ms, note) {
  const doubled = ms * 2;
  yield* sleep(ms);
  const list = Array.from({ length: 300 }, (_, index) => index);
  yield* sleep(doubled);
  console.log(note, list.length);
  return doubled;
}
export function* main() {
  const ages = new Map([['ada', { years: [36] }], ['bob', 41]]);
  console.log('begun');
  const sum = yield* taskGroup(function* (tg) {
    tg.startSoon(child, 5, 'one');
    return yield* call(child, 3, 'two');
  });
  console.log('sum', sum, ages.size);
}
`;

/** Line 6 is the yield. */
const VAULT = `import { sleep } from 'treadle';
class Vault { owner = 'ann'; #gold = new Map([['bars', 7]]); get #worth() { return this.#gold.size; }
  worth() { return this.#worth; }
  *open() {
    const empty = new (class Box { #only = 1; })();
    yield* sleep(1);
    console.log(empty, this.worth());
  }
}
export function* main() { yield* new Vault().open(); }
`;

const FAILING = `import { sleep, taskGroup, Lock } from 'treadle';
class PageMissing extends Error { name = 'PageMissing'; }
function* fetchPage(url) {
  yield* sleep(5);
  throw new PageMissing('no ' + url);
}
function* careful() {
  try { yield* caught(); } catch {}
}
function* caught() {
  yield* sleep(1);
  throw new RangeError('caught');
}
export function* main() {
  yield* taskGroup(function* (tg) {
    tg.startSoon(fetchPage, '/a');
    tg.startSoon(careful);
    yield* sleep(1000);
  });
}
`;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('treadle dap', function () {
  this.timeout(60_000);
  let project: Project;
  let server: Started;
  let port: number;
  const clients: DapClient[] = [];

  before(async () => {
    project = await Project.create();
    server = project.start('dap', '--port', '0');
    await server.says('listens at');
    port = Number(/:(\d+)\n/.exec(server.stdout)?.[1]);
    project.write('family.mjs', FAMILY);
    project.write('failing.mjs', FAILING);
  });

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.stop())));

  after(() => project.remove());

  async function connected(): Promise<DapClient> {
    const client = new DapClient();
    clients.push(client);
    await client.start(port);
    return client;
  }

  function pathOf(name: string): string {
    return join(project.folder, name);
  }

  /** Launches a program, which is to stop somewhere. */
  async function launched(name: string, args: object = {}, wanted: Wanted = {}): Promise<DapClient> {
    const client = await connected();
    await client.begin('launch', { program: pathOf(name), ...args }, wanted);
    return client;
  }

  /** Lets it go on to its end; gives the exit code. */
  async function ends(client: DapClient): Promise<number> {
    const { exitCode } = await client.next('exited');
    await client.next('terminated');
    return exitCode;
  }

  it('steps through tasks from yield to yield', async () => {
    const dap = await launched('family.mjs', { stopOnEntry: true });
    expect(await dap.stops()).to.equal('entry #1 main:10');
    expect(await dap.threadNames()).to.deep.equal(['1 main #1']);
    expect(await dap.moves('next')).to.equal('step #1 (anonymous):13 < main:13');
    expect(await dap.moves('stepIn')).to.equal('step #1 child:2 < (anonymous):15 < main:13');
    expect(await dap.moves('stepIn')).to.equal('step #1 child:4 < (anonymous):15 < main:13');
    expect(await dap.moves('stepIn')).to.equal('step #2 child:4');
    expect(await dap.moves('next', 1)).to.equal('step #1 child:6 < (anonymous):15 < main:13');
    expect(await dap.moves('stepOut', 1)).to.equal('step #1 (anonymous):15 < main:13');
    expect(await dap.threadNames()).to.deep.equal(['1 main #1 (running)', '2 child #2 (sleep until +6 ms)']);
    await dap.continueRequest({ threadId: 1 });
    expect(await ends(dap)).to.equal(0);
    expect(dap.written['stdout']).to.equal('begun\ntwo 300\none 300\nsum 6 2\n');
  });

  it('gives a task that is clicked on its turn, or goes on until it has it', async () => {
    project.write(
      'queue.mjs',
      `import { sleep, taskGroup } from 'treadle';
       function* kid(ms) {
         yield* sleep(ms);
       }
       export function* main() { yield* taskGroup(function* (tg) {
         for (const ms of [1, 2, 3]) tg.startSoon(kid, ms);
         yield* sleep(9);
       }); }`,
    );
    const dap = await launched('queue.mjs', {}, { lines: [7] });
    expect(await dap.stops()).to.equal('breakpoint #1 (anonymous):7 < main:5');
    expect(await dap.moves('stepIn', 4)).to.equal('step #4 kid:3'); // out of its turn
    expect(await dap.moves('stepIn', 4)).to.equal('step #2 kid:3'); // it was last, so: whoever's turn it is
    expect(await dap.moves('stepIn', 4)).to.equal('step #4 kid:2'); // not ready: the others go on until it is
  });

  it('heeds breakpoints that are set while the program runs', async () => {
    project.write(
      'ticks.mjs',
      `import { sleep } from 'treadle';
       export function* main() { for (;;) {
         yield* sleep(2);
       } }`,
    );
    for (const backend of ['virtual', 'node']) {
      const dap = await launched('ticks.mjs', { backend });
      await dap.setBreakpointsRequest({ source: { path: pathOf('ticks.mjs') }, breakpoints: [{ line: 3 }] });
      expect(await dap.stops()).to.equal('breakpoint #1 main:3');
    }
  });

  it('stops at lines: exact ones, and the next one at which a task can stand', async () => {
    const dap = await launched('family.mjs', {}, { lines: [6, 5, 40] });
    expect(dap.breakpoints.map(({ verified, line, message }) => [verified, line, message])).to.deep.equal([
      [true, 6, undefined],
      [true, 6, 'moved to line 6: a task stops where it yields'],
      [false, undefined, dap.breakpoints[2]!.message],
    ]);
    expect(dap.breakpoints[2]!.message).to.match(
      /^family\.mjs has only 18 lines; .* last such line there is 15$/,
    );
    const stop = await dap.next('stopped');
    expect(stop.hitBreakpointIds).to.deep.equal([dap.breakpoints[0]!.id, dap.breakpoints[1]!.id]);
    expect(stop.allThreadsStopped).to.equal(true);
    expect(await dap.moves('continue')).to.equal('breakpoint #2 child:6');
    const { body } = await dap.setBreakpointsRequest({
      source: { path: pathOf('family.mjs') },
      breakpoints: [],
    });
    expect(body.breakpoints).to.deep.equal([]);
    await dap.continueRequest({ threadId: 2 });
    expect(await ends(dap)).to.equal(0);
  });

  it('stops at functions when they are entered', async () => {
    const dap = await launched('family.mjs', {}, { functions: ['child'] });
    expect(await dap.stops()).to.equal('function breakpoint #1 child:4 < (anonymous):15 < main:13');
    expect(await dap.moves('continue')).to.equal('function breakpoint #2 child:4');
    await dap.continueRequest({ threadId: 1 });
    expect(await ends(dap)).to.equal(0);
  });

  it('says so if no file has the function of a breakpoint', async () => {
    const dap = await launched('family.mjs', { stopOnEntry: true }, { functions: ['chlid'] });
    await dap.next('stopped');
    expect(dap.written['important']).to.match(/^no file that is loaded by now has the word chlid, /);
    const { breakpoints } = (
      await dap.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'child' }, { name: 'chidl' }] })
    ).body;
    expect(breakpoints.map(({ verified }) => verified)).to.deep.equal([true, false]);
    expect(breakpoints[1]!.message).to.match(/^no file .* has the word chidl/);
  });

  it('heeds conditions, hit counts and log messages', async () => {
    project.write(
      'loop.mjs',
      `import { sleep } from 'treadle';
       export function* main() { for (let turn = 1; turn < 9; turn++) {
         yield* sleep(1);
         yield* sleep(2);
         yield* sleep(3);
       } }`,
    );
    const lines = [
      { line: 3, condition: 'turn % 4 === 0' },
      { line: 4, hitCondition: '== 2' },
      { line: 5, logMessage: 'turn {turn}, twice {turn * 2}, {nothing}' },
    ];
    const dap = await launched('loop.mjs', {}, { lines });
    const stops: string[] = [];
    for (let stop = 0; stop < 3; stop++) {
      stops.push(
        `${await (stop === 0 ? dap.stops() : dap.moves('continue'))} turn ${await dap.evaluates('turn')}`,
      );
    }
    expect(stops).to.deep.equal([
      'breakpoint #1 main:4 turn 2',
      'breakpoint #1 main:3 turn 4',
      'breakpoint #1 main:3 turn 8',
    ]);
    expect(dap.written['console']!.split('\n')[0]).to.equal(
      'turn 1, twice 2, {ReferenceError: nothing is not defined.}',
    );
    const refused = await dap.setBreakpointsRequest({
      source: { path: pathOf('loop.mjs') },
      breakpoints: [
        { line: 3, hitCondition: 'often' },
        { line: 4, condition: 'turn.and.nothing' },
        { line: 5, condition: 'turn +' },
      ],
    });
    expect(refused.body.breakpoints.map(({ verified }) => verified)).to.deep.equal([false, true, false]);
    expect(refused.body.breakpoints[0]!.message).to.match(/^"often" is no hit count: write 3, == 3/);
    expect(refused.body.breakpoints[2]!.message).to.match(/^"turn \+" is no expression: Unexpected token/);
    expect(await dap.moves('continue')).to.equal('breakpoint #1 main:4'); // what cannot be evaluated stops, and says so
    expect(dap.written['important']).to.match(
      /^The condition of the breakpoint cannot be evaluated: TypeError/,
    );
  });

  it('asks all breakpoints that hold at a step, wherever each of them is', async () => {
    // The same step passes line 15, enters child and comes to line 4.
    const lines = [{ line: 15, condition: 'false' }, { line: 4, logMessage: 'came with {note}' }, 2];
    const functions = [{ name: 'child', hitCondition: '== 1' }, 'child'];
    const dap = await launched('family.mjs', {}, { lines, functions });
    const { reason, hitBreakpointIds } = await dap.next('stopped');
    const [, , second, ...ofFunctions] = dap.breakpoints.map(({ id }) => id);
    expect([reason, hitBreakpointIds]).to.deep.equal(['breakpoint', [second, ...ofFunctions]]);
    await dap.continueRequest({ threadId: 1 });
    expect((await dap.next('stopped')).hitBreakpointIds).to.deep.equal([second, ofFunctions[1]]);
    expect(dap.written['console']).to.equal('came with "two"\ncame with "one"\n');
  });

  it('shows variables, and unfolds them', async () => {
    const dap = await launched('family.mjs', {}, { lines: [6] });
    await dap.next('stopped');
    expect(await dap.values('Local')).to.deep.equal({
      ms: '3',
      note: '"two"',
      doubled: '6',
      list: 'Array(300) [0, 1, 2, 3, 4, …]',
    });
    expect(await dap.values('Module')).to.include({ child: 'function* child', sleep: 'function sleep' });
    const { list } = await dap.scope('Local');
    expect([list!.indexedVariables, list!.namedVariables]).to.deep.equal([300, 1]);
    const { variables } = (
      await dap.variablesRequest({
        variablesReference: list!.variablesReference,
        filter: 'indexed',
        start: 250,
        count: 2,
      })
    ).body;
    expect(variables.map(({ name, value }) => `${name}: ${value}`)).to.deep.equal(['250: 250', '251: 251']);
    const { ages } = await dap.scope('Local', 1, 2);
    const { '"ada"': ada, '"bob"': bob } = await dap.below(ages!.variablesReference);
    expect(bob!.value).to.equal('41');
    const { years } = await dap.below(ada!.variablesReference);
    expect(years!.value).to.equal('Array(1) [36]');
    expect(await dap.values('Last step')).to.deep.equal({ 'resumed with': 'undefined', yielded: 'sleep(6)' });
    const task = await dap.values('Task');
    expect(task).to.include({ state: 'parked', 'waits for': 'sleep until +6 ms' });
  });

  it('unfolds private fields, too', async () => {
    project.write('vault.mjs', VAULT);
    const dap = await launched('vault.mjs', {}, { lines: [6] });
    await dap.next('stopped');
    const { this: vault, empty } = await dap.scope('Local');
    expect((await dap.below(empty!.variablesReference))['#only']!.value).to.equal('1');
    const { owner, '#gold': gold, '#worth': worth } = await dap.below(vault!.variablesReference);
    expect([owner!.value, gold!.value, worth!.value]).to.deep.equal(['"ann"', 'Map(1) {…}', '(…) a getter']);
    expect((await dap.below(gold!.variablesReference))['"bars"']!.value).to.equal('7');
    expect(await refusal(dap.evaluates('this.#gold'))).to.match(/unfold the object to see it/);
    await dap.continueRequest({ threadId: 1 });
    await ends(dap);
  });

  it('evaluates conditions and log messages where the breakpoint is, not where the task has gone from there', async () => {
    project.write(
      'passes.mjs',
      `import { sleep, until } from 'treadle';
       function* below(other) { yield* sleep(other); }
       export function* main() { for (let turn = 1; turn < 4; turn++) {
         yield* below(turn);
         yield* until(Promise.resolve());
       } }`,
    );
    const lines = [
      { line: 4, condition: 'turn === 2' },
      { line: 5, logMessage: 'turn {turn}' },
    ];
    const dap = await launched('passes.mjs', {}, { lines });
    expect(await dap.stops()).to.equal('breakpoint #1 below:2 < main:4');
    await dap.continueRequest({ threadId: 1 });
    await ends(dap);
    expect(dap.written['important']).to.equal(undefined);
    expect(dap.written['console']).to.match(/^turn 1\nturn 2\nturn 3\n/);
  });

  it('evaluates expressions over the variables of a frame, and lets the watching ones change nothing', async () => {
    const dap = await launched('family.mjs', {}, { lines: [6] });
    await dap.next('stopped');
    expect(await dap.evaluates('list.length + doubled')).to.equal('306');
    expect(await dap.evaluates('child.length')).to.equal('2');
    expect(await dap.evaluates('({ note, at: list.at(-1) })', 'watch')).to.equal('{note: "two", at: 299}');
    expect(await refusal(dap.evaluates('list.push(7)'))).to.match(/^This would perhaps change something\./);
    expect(await dap.evaluates('list.length')).to.equal('300');
    expect(await dap.evaluates('list.push(7)', 'repl')).to.equal('301');
    expect(await refusal(dap.evaluates('note = 5', 'repl'))).to.match(
      /variables of a task cannot be set from here/,
    );
    expect(await refusal(dap.evaluates('nobody'))).to.equal('ReferenceError: nobody is not defined.');
    expect(await refusal(dap.evaluates('1 +'))).to.match(/^SyntaxError: /);
    expect(await refusal(dap.evaluates('(() => { for (;;); })()', 'repl'))).to.match(/longer than 1000 ms/);
    const frameId = (await dap.frames())[2]!.id;
    const { body } = await dap.evaluateRequest({
      expression: 'ages.get("ada").years',
      frameId,
      context: 'hover',
    });
    expect((await dap.below(body.variablesReference))['0']!.value).to.equal('36');
    await dap.moves('continue');
    expect(await refusal(dap.scopesRequest({ frameId: 99 }))).to.match(/was of an earlier stop/);
    await dap.continueRequest({ threadId: 2 });
    expect(await ends(dap)).to.equal(0); // none of it has harmed the program
  });

  it('shows and evaluates `this` of a method', async () => {
    project.write(
      'shop.mjs',
      `import { sleep } from 'treadle';
      class Shop { items = ['tea']; *sell(item) { yield* sleep(1); return this.items.includes(item); } }
      export function* main() { return yield* new Shop().sell('tea'); }`,
    );
    const dap = await launched('shop.mjs', {}, { functions: ['sell'] });
    await dap.next('stopped');
    expect(await dap.values('Local')).to.deep.equal({ this: 'Shop {items: Array(1)}', item: '"tea"' });
    expect(await dap.evaluates('this.items[0] + item', 'watch')).to.equal('"teatea"');
    await dap.continueRequest({ threadId: 1 });
    expect(await ends(dap)).to.equal(0);
  });

  it('goes back, step by step and to the breakpoint before, without a second output', async () => {
    const dap = await launched('family.mjs', {}, { lines: [6] });
    expect(await dap.stops()).to.match(/^breakpoint #1 child:6/);
    expect(await dap.moves('continue')).to.equal('breakpoint #2 child:6');
    expect((await dap.next('capabilities')).capabilities.supportsStepBack).to.equal(true);
    expect(await dap.moves('stepBack', 2)).to.equal('step #1 child:6 < (anonymous):15 < main:13');
    expect(await dap.moves('stepBack')).to.equal('step #2 child:4');
    expect(await dap.values('Local', 2)).to.include({ doubled: '10', list: 'undefined' });
    expect(await dap.moves('continue', 2)).to.match(/^breakpoint #1 child:6/);
    expect(await dap.moves('continue')).to.equal('breakpoint #2 child:6');
    expect(await dap.moves('reverseContinue', 2)).to.match(/^breakpoint #1 child:6/);
    expect(await dap.moves('reverseContinue')).to.equal('entry #1 main:10');
    expect(await refusal(dap.stepBackRequest({ threadId: 1 }))).to.equal('The run is at its beginning.');
    await dap.setBreakpointsRequest({ source: { path: pathOf('family.mjs') }, breakpoints: [] });
    expect(dap.written['stdout']).to.equal('begun\n');
    await dap.continueRequest({ threadId: 1 });
    expect(await ends(dap)).to.equal(0);
  });

  it('forgets the runs that were begun in steps that are undone', async () => {
    for (const options of ['', ", { backend: 'virtual' }"]) {
      project.write(
        'in-vain.mjs',
        `import { run, sleep, until } from 'treadle';
         function* inner() { try { yield* sleep(1); } finally { console.log('cleaned up'); } }
         export function* main() {
           yield* sleep(1);
           const begun = run(inner${options});
           yield* sleep(1);
           yield* until(begun);
         }`,
      );
      const dap = await launched('in-vain.mjs', { stopOnEntry: true });
      await dap.stops();
      await dap.moves('next');
      for (let times = 0; times < 3; times++) {
        await dap.moves('stepIn');
        expect(await dap.threadNames()).to.have.length(2);
        await dap.moves('stepBack');
        expect(await dap.threadNames()).to.deep.equal(['1 main #1 (sleep until +1 ms)']);
      }
      await dap.continueRequest({ threadId: 1 });
      expect(await ends(dap)).to.equal(0);
      expect(dap.written['stdout']).to.equal('cleaned up\n');
    }
  });

  it('goes back behind a run that was waited for, which writes nothing again', async () => {
    project.write(
      'waits.mjs',
      `import { run, sleep, until } from 'treadle';
       function* inner() { yield* sleep(1); console.log('inner'); busy(); }
       function busy() { for (const end = performance.now() + 50; performance.now() < end; ); } // past its slice
       const options = { backend: 'virtual' };
       export function* main() { yield* until(run(inner, options)); yield* sleep(5); yield* sleep(5); }`,
    );
    const dap = await launched('waits.mjs', { stopOnEnd: true }, { lines: [2] });
    // Inner stops at its breakpoint and at its end; on the way back at neither.
    for (const threadId of [10_000_001, 10_000_001, 1]) {
      expect((await dap.next('stopped')).threadId).to.equal(threadId);
      if (threadId > 1) await dap.continueRequest({ threadId: 1 });
    }
    expect(await dap.moves('stepBack')).to.equal('step #1 main:5');
    await dap.continueRequest({ threadId: 1 });
    await dap.next('stopped');
    expect(dap.written['stdout']).to.equal('inner\n');
  });

  it('stays at the end if told to, for going back from there', async () => {
    const dap = await launched('family.mjs', { stopOnEnd: true });
    expect(await dap.stops()).to.equal('pause #1 main:10');
    expect(await dap.threadNames()).to.deep.equal(['1 main #1 (ended)']);
    expect(await dap.moves('stepBack')).to.equal('step #2 child:2');
    expect(await dap.moves('continue', 2)).to.equal('pause #1 main:10');
    await dap.continueRequest({ threadId: 1 });
    expect(await ends(dap)).to.equal(0);
  });

  it('stops at an error that ends a task, shows where it was thrown, and what it is', async () => {
    const dap = await launched('failing.mjs', {}, { filters: ['uncaught'] });
    const stop = await dap.next('stopped');
    expect(stop).to.include({ reason: 'exception', threadId: 2, text: 'PageMissing: no /a' });
    expect(await dap.stack(2)).to.equal('fetchPage:5');
    expect(await dap.threadNames()).to.include('2 fetchPage #2 (ended)');
    const { body } = await dap.exceptionInfoRequest({ threadId: 2 });
    expect([body.exceptionId, body.breakMode]).to.deep.equal(['PageMissing', 'unhandled']);
    expect(body.description).to.match(/^PageMissing: no \/a\n {4}at fetchPage .*failing\.mjs:5:9/);
    expect(body.details).to.include({ message: 'no /a', typeName: 'PageMissing' });
    expect(await refusal(dap.exceptionInfoRequest({ threadId: 1 }))).to.match(/has not stopped at this task/);
    expect(await dap.moves('continue', 2)).to.match(/^exception #1/); // main ends with the group
    await dap.continueRequest({ threadId: 1 });
    expect(await ends(dap)).to.equal(1);
    expect(dap.written['stderr']).to.match(/ExceptionGroup: .*\n[\s\S]*PageMissing: no \/a/);
  });

  it('stops at every error of a coroutine, and at cancellations, if told to', async () => {
    project.write(
      'called.mjs',
      FAILING.replace('yield* caught()', 'yield* call(caught)').replace('Lock', 'call'),
    );
    const dap = await launched('called.mjs', {}, { filters: ['all', 'cancelled', 'nonsense'] });
    expect(await dap.stops()).to.equal('exception #3 caught:12 < careful:8');
    expect((await dap.exceptionInfoRequest({ threadId: 3 })).body.breakMode).to.equal('always');
    expect(await dap.moves('continue', 3)).to.match(/^exception #2 fetchPage:5/);
    const filters = await dap.setExceptionBreakpointsRequest({ filters: ['cancelled', 'nonsense'] });
    expect(filters.body!.breakpoints!.map(({ verified }) => verified)).to.deep.equal([true, false]);
    const again = await launched('called.mjs', {}, { filters: ['cancelled'] });
    const stop = await again.next('stopped');
    expect(stop).to.include({ reason: 'exception', threadId: 1, description: 'Paused on cancellation' });
    expect(stop.text).to.match(/^a cancellation reaches task main #1: .*PageMissing|fetchPage/);
    expect((await again.exceptionInfoRequest({ threadId: 1 })).body.exceptionId).to.equal('Cancelled');
  });

  it('pauses a program that never rests, and goes on', async () => {
    project.write(
      'spins.mjs',
      `import { sleep } from 'treadle';
       export function* main() { try { for (;;) yield* sleep(1); } finally { console.log('cleaned up'); } }`,
    );
    const dap = await launched('spins.mjs');
    await dap.pauseRequest({ threadId: 1 });
    expect(await dap.stops()).to.equal('pause #1 main:2');
    expect(await refusal(dap.pauseRequest({ threadId: 1 }))).to.equal('The program stands still already.');
    await dap.continueRequest({ threadId: 1 });
    expect(await refusal(dap.nextRequest({ threadId: 1 }))).to.equal(
      'The program is running: pause it first.',
    );
    await dap.terminateRequest();
    expect(await ends(dap)).to.equal(0);
    expect(dap.written['stdout']).to.equal('cleaned up\n');
  });

  it('ends a program that listens to signals by its own clean-up, with its own exit code', async () => {
    project.write(
      'listens.mjs',
      `import { main, sleep } from 'treadle';
       main(function* () { try { yield* sleep(60_000); } finally { console.log('cleaned up'); } });`,
    );
    const dap = await launched('listens.mjs', { stopOnEntry: true });
    expect(await dap.stops()).to.match(/^entry #1/);
    await dap.moves('next');
    await dap.terminateRequest();
    expect(await ends(dap)).to.equal(143);
    expect(dap.written).to.deep.equal({ stdout: 'cleaned up\n' });
  });

  it('kills a program that does not let itself be ended, on the second request at once', async () => {
    project.write('busy.mjs', `export function* main() { console.log('busy'); for (;;); }`);
    const dap = await launched('busy.mjs');
    await dap.next('output');
    void dap.terminateRequest();
    await dap.disconnectRequest();
    expect(await ends(dap)).to.equal(137);
  });

  it('steps runs that the program begins itself, several at once, on whatever backend', async () => {
    project.write(
      'two.mjs',
      `import { run, sleep } from 'treadle';
       function* nap(ms) {
         yield* sleep(ms);
       }
       const first = run(() => nap(2), { name: 'first', backend: 'virtual' });
       const second = run(() => nap(5), { name: 'second' });
       await first; await second;
       setTimeout(() => process.exit(7), 1);`,
    );
    const dap = await launched('two.mjs', { backend: 'virtual', stopOnEntry: true });
    expect(await dap.stops()).to.equal('entry #1 nap:2');
    expect(dap.written['important']).to.match(
      /^"backend": "virtual" has no effect: .*begins its runs itself/,
    );
    const ids = (await dap.threadsRequest()).body.threads.map(({ id }) => id);
    expect(ids).to.have.length(2);
    expect((await dap.threadNames()).join()).to.match(/1 run "first": task-1 #1,.* run "second": task-1 #1/);
    expect(await dap.moves('next', ids[1]!)).to.match(/^step #10000001 nap:3/);
    expect(await refusal(dap.stepBackRequest({ threadId: ids[1]! }))).to.match(
      /Only a run on the virtual clock can go/,
    );
    await dap.continueRequest({ threadId: 1 });
    expect(await ends(dap)).to.equal(7);
  });

  it('says when launch.json has names that mean nothing', async () => {
    const dap = await launched('family.mjs', { stopAtEntry: true, __sessionId: 'of the editor' });
    expect(await ends(dap)).to.equal(0);
    expect(dap.written['important']).to.match(/^"launch" knows no "stopAtEntry"; there are program, args,/);
  });

  it('restarts, with the breakpoints that are set', async () => {
    const dap = await launched('family.mjs', {}, { lines: [6] });
    await dap.next('stopped');
    await dap.restartRequest({} as never);
    expect(await dap.stops()).to.match(/^breakpoint #1 child:6/);
    expect(dap.has('terminated')).to.equal(false);
  });

  it('runs without stops if no debugging is wanted; the program gets its arguments, folder and variables', async () => {
    project.write(
      'plain.mjs',
      `export function* main() { console.log(process.argv[2], process.cwd() === import.meta.dirname, process.env.MOOD, process.env.GONE); yield* []; }`,
    );
    const args = { noDebug: true, args: ['--one'], cwd: project.folder, env: { MOOD: 'good', GONE: null } };
    const dap = await launched('plain.mjs', { ...args, stopOnEntry: true }, { functions: ['main'] });
    expect(await ends(dap)).to.equal(0);
    expect(dap.written['stdout']).to.equal('--one true good undefined\n');
  });

  it('kills a process that is still starting when the session ends', async () => {
    project.write(
      'slow-start.mjs',
      `import { writeFileSync } from 'node:fs';
       writeFileSync('slow-start.pid', String(process.pid));
       await new Promise((resolve) => setTimeout(resolve, 3000));`,
    );
    const client = await connected();
    await client.initializeRequest();
    const runtimeArgs = ['--import', './slow-start.mjs'];
    const launching = client.launchRequest({
      program: pathOf('family.mjs'),
      cwd: project.folder,
      runtimeArgs,
    } as never);
    const refused = refusal(launching);
    const pidFile = pathOf('slow-start.pid');
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await pause();
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await client.disconnectRequest();
    while (isAlive(pid)) await pause();
    expect(await refused).to.match(/^The process of the program cannot begin/);
  });

  it('shows TypeScript by its source', async () => {
    project.install('tsx');
    project.write(
      'typed.ts',
      `import { sleep, type Coroutine } from 'treadle';\ninterface Unused { readonly a: number }\n` +
        `export function* main(): Coroutine<void> {\n  const n: number = 5;\n  yield* sleep(n);\n}\n`,
    );
    const dap = await launched('typed.ts', {}, { lines: [5] });
    expect(await dap.stops()).to.equal('breakpoint #1 main:5');
    expect((await dap.frames())[0]!.source).to.deep.equal({ name: 'typed.ts', path: pathOf('typed.ts') });
    expect(await dap.values('Local')).to.deep.equal({ n: '5' });
  });

  describe('refuses, with a sentence,', () => {
    const BAD: readonly [what: string, args: object, said: RegExp][] = [
      ['no program', {}, /^"program" is the path of the program to debug, not undefined\.$/],
      [
        'a program that is not there',
        { program: '/nowhere.mjs' },
        /^There is no file \/nowhere\.mjs: give the path/,
      ],
      [
        'a folder that is not there',
        { program: 'x', cwd: '/nowhere' },
        /^"cwd" is to be a folder, and \/nowhere is none/,
      ],
      [
        'an unknown backend',
        { program: 'x', backend: 'web' },
        /^"backend" is "virtual" or "node", not the string "web"/,
      ],
      ['arguments that are no texts', { program: 'x', args: [1] }, /^"args" is a list of texts/],
    ];
    for (const [what, args, said] of BAD) {
      it(what, async () => {
        const dap = await connected();
        await dap.initializeRequest();
        expect(await refusal(dap.launchRequest(args as never))).to.match(said);
      });
    }

    it('files that do not load, and ends the session', async () => {
      const SOURCES = { 'syntax.mjs': 'export const x = ;', 'async.mjs': 'export async function main() {}' };
      const said = [
        /does not load: SyntaxError: .*\n.*syntax\.mjs:1\n/,
        /exports a main that is an async function/,
      ];
      for (const [name, source] of Object.entries(SOURCES)) {
        project.write(name, source);
        const dap = await connected();
        const refused = await refusal(dap.begin('launch', { program: pathOf(name) }));
        expect(refused).to.match(said.shift()!);
        expect(await ends(dap)).to.equal(2);
      }
    });

    it('what it cannot do, and what there is no program for', async () => {
      const dap = await connected();
      await dap.initializeRequest();
      expect(await refusal(dap.customRequest('setVariable', {}))).to.equal(
        'Treadle dap cannot do "setVariable".',
      );
      expect(await refusal(dap.nextRequest({ threadId: 1 }))).to.match(/^No program is being debugged/);
      expect(await dap.threadNames()).to.deep.equal([]);
    });

    it('a port that is taken', async () => {
      const { code, stderr } = await project.treadle('dap', '--port', String(port));
      expect(code).to.equal(2);
      expect(stderr).to.match(
        /^treadle: cannot listen at port \d+: .*EADDRINUSE.*Choose another one with --port/,
      );
    });
  });

  it('outlives programs that end in all sorts of ways, and passes on the exit code', async () => {
    const ENDINGS: readonly [source: string, code: number, stderr: RegExp][] = [
      [`throw new Error('at the top')`, 1, /^Error: at the top\n/],
      [
        `import net from 'node:net'; net.createServer().listen(0); throw new Error('top')`,
        1,
        /^Error: top\n/,
      ],
      [`process.exit(3)`, 3, /^$/],
      [`export const x = 1`, 2, /there was nothing to run/],
      [
        `setTimeout(() => { throw new Error('later'); }); export function* main() { yield* [] }`,
        1,
        /Error: later/,
      ],
    ];
    for (const [source, code, stderr] of ENDINGS) {
      const dap = await connected();
      await dap.begin('launch', { program: project.write('ends.mjs', source) });
      expect(await ends(dap)).to.equal(code);
      expect(dap.written['stderr'] ?? '').to.match(stderr);
    }
  });

  it('speaks on its standard input and output, and ends the program when the editor goes', async () => {
    const command = join(project.folder, 'node_modules/treadle/dist/cli/main.js');
    const adapter = spawn(process.execPath, [command, 'dap'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => adapter.once('close', resolve));
    const dap = new DapClient();
    dap.speakWith(adapter);
    await dap.begin('launch', { program: pathOf('family.mjs'), stopOnEntry: true });
    expect(await dap.stops()).to.equal('entry #1 main:10');
    expect(await dap.moves('next')).to.match(/^step #1/);
    adapter.stdin.end();
    expect(await ended).to.equal(0);
  });
});
