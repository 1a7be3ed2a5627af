import { expect } from 'chai';
import { run, sleepForever } from 'treadle';
import { installDumpSignal } from '../../../lib/debug/inspect/dump-signal.js';
import { runProgram } from '../../support/child.js';
import { rejection, thrown } from '../../support/contract.js';

const DUMPED = `
import { run, sleep } from 'treadle';
import { installDumpSignal } from './lib/debug/inspect/dump-signal.js';

installDumpSignal();
function* serve(port) { yield* sleep(150); console.log('served', port); }
const running = run(() => serve(80), { name: 'server' });
setTimeout(() => process.kill(process.pid, 'SIGUSR2'), 20);
await running;
`;

/** As on runtimes that have no inspector. */
const WITHOUT_INSPECTOR = `
import { call, run, sleep, taskGroup } from 'treadle';
import { formatTasks } from './lib/debug/inspect/format-tasks.js';
import { inspectTasks } from './lib/debug/inspect/inspect-tasks.js';

function* child() { yield* sleep(60_000); }
const running = run(function* () {
  yield* taskGroup(function* (tg) { tg.startSoon(function* parent() { yield* call(child); }); });
});
await new Promise((resolve) => setTimeout(resolve, 5));
process.getBuiltinModule = undefined;
console.log(formatTasks(inspectTasks(running)).replace(/\\d+ ms/, 'N ms'));
running.cancel();
await running.catch(() => {});
`;

describe('installDumpSignal', () => {
  it('prints all tasks when the process gets the signal; the program goes on', async () => {
    const printed: string[] = [];
    const dump = installDumpSignal('SIGUSR2', {
      hiddenFrames: false,
      color: false,
      print: (text) => printed.push(text),
    });
    const running = run(sleepForever, { name: 'dumped' });
    const seen = new Promise((resolve) => process.once('SIGUSR2', resolve));
    process.kill(process.pid, 'SIGUSR2');
    await seen;
    expect(printed).to.have.lengthOf(1);
    expect(printed[0]).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z SIGUSR2, process \d+\n/);
    expect(printed[0]).to.contain('run "dumped": 1 task, 1 parked\n');
    dump[Symbol.dispose]();
    expect(process.listenerCount('SIGUSR2')).to.equal(0);
    running.cancel();
    await rejection(running);
  });

  it('writes to stderr by itself, and does not keep the process alive', async function () {
    this.timeout(20_000);
    const { stdout, stderr, code, timedOut } = await runProgram(DUMPED);
    expect([stdout, code, timedOut]).to.deep.equal(['served 80\n', 0, false]);
    expect(stderr).to.match(
      /run "server": 1 task, 1 parked\ntask-1 #1 {2}sleep until \+\d+ ms\n {2}at serve {2}.*program\.ts:6:\d+\n {7}port = 80\n$/,
    );
  });

  it('refuses signals that cannot be used, and what is none', () => {
    const refusal = (signal: unknown, options?: unknown) =>
      String(thrown(() => Reflect.apply(installDumpSignal, undefined, [signal, options])));
    expect(refusal('SIGUSR1')).to.match(
      /^TypeError: .*cannot use SIGUSR1: Node starts its inspector on it; use SIGUSR2/,
    );
    expect(refusal('SIGKILL')).to.match(/^TypeError: .*it cannot be handled/);
    expect(refusal(12)).to.match(
      /^TypeError: .*takes the name of a signal of this system, such as 'SIGUSR2', not 12/,
    );
    expect(refusal('usr2')).to.match(/^TypeError: .*takes the name of a signal/);
    expect(refusal('SIGNONE')).to.match(/^TypeError: .*not the string "SIGNONE"/);
    expect(refusal('SIGUSR2', 'loud')).to.match(/^TypeError: the options of installDumpSignal/);
    expect(process.listenerCount('SIGUSR2')).to.equal(0);
  });
});

describe('where there is no inspector', () => {
  it('all but lines, variables and hidden frames is shown, and it is said what is missing', async function () {
    this.timeout(20_000);
    const { stdout, stderr } = await runProgram(WITHOUT_INSPECTOR);
    expect(stderr).to.equal('');
    expect(stdout.trimEnd().split('\n')).to.deep.equal([
      'the run: 2 tasks, 2 parked',
      'task-1 #1  the end of a task group of task task-1 (1 child left)',
      '│ at (anonymous)',
      '└─ parent #2  sleep until +N ms',
      '     at child',
      '     at parent',
      '',
      'not shown: source lines, variables, and frames inside of native yield*: this runtime has no node:inspector',
    ]);
  });
});
