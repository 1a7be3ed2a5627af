/** `treadle debug`: whole sessions, scripts on the standard input, against the command as it is installed. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Project } from '../support/command.js';
import { debugSession, type Transcript, timeless } from '../support/debug-session.js';
import { SideBySide } from '../support/side-by-side.js';

const CREW = `import { sleep, taskGroup } from 'treadle';

function* fetchUser(id) {
  yield* sleep(100 * id);
  return \`user \${id}\`;
}

function* worker(id) {
  const label = \`worker \${id}\`;
  const user = yield* fetchUser(id);
  console.log(label, 'has', user);
}

export function* main() {
  console.log('begins');
  yield* taskGroup(function* (tg) {
    for (let id = 1; id <= 2; id++) tg.startSoon(worker, id);
  });
  return 42;
}
`;

/** Two runs, one after the other; the program goes on between them and behind them. */
const TWO_RUNS = `
import { run, sleep } from 'treadle';
function* first() { yield* sleep(5); return 'one'; }
function* second() { yield* sleep(5); return 'two'; }
console.log('got', await run(first));
console.log('got', await run(second));
`;
/** It reads its standard input, from its first line on. */
const ASKS = `
import { until } from 'treadle';
import { text } from 'node:stream/consumers';
const reading = text(process.stdin);
export function* main() { console.log('read', (yield* until(reading)).length); }
`;
/** A run that waits for another one. */
const NESTED = `
import { run, sleep, until } from 'treadle';
function* inner() { yield* sleep(5); return 'from inside'; }
function* outer() {
  const got = yield* until(run(inner));
  return got.toUpperCase();
}
console.log(await run(outer));
`;
const FAILING = `
import { run, sleep, taskGroup } from 'treadle';
function* bad() {
  yield* sleep(1);
  throw new RangeError('no luck');
}
function* good() {
  try { yield* sleep(9); } finally { console.log('cleans up'); }
}
await run(function* main() {
  yield* taskGroup(function* (tg) { tg.startSoon(bad); tg.startSoon(good); });
}, { backend: 'virtual' });
`;
/** A scope that opens a group: between the two there is a coroutine of the engine's. */
const LIMITED = `
import { failAfter, sleep, taskGroup } from 'treadle';
function* bad() {
  yield* sleep(1);
  throw new RangeError('no luck');
}
export function* main() {
  yield* failAfter(50, () => taskGroup(function* (tg) { tg.startSoon(bad); }));
}
`;
const SHOP = `
import { sleep } from 'treadle';
class Shop {
  #sold = 0;
  items = ['tea'];
  *sell(item) {
    yield* sleep(1);
    this.#sold++;
    return [item, this.#sold];
  }
}
export function* main() {
  return yield* new Shop().sell('tea');
}
`;
/** Calls as deep as a stack of Node's shows them: ten lines. */
const DEEP = `
import { sleep } from 'treadle';
function* e() { yield* sleep(1); throw new Error('deep'); }
function* d() { yield* e(); }
function* c() { yield* d(); }
function* b() { yield* c(); }
export function* main() { yield* b(); }
`;
const OUTSIDE = `
import { sleep, until } from 'treadle';
export function* main() {
  const got = yield* until(new Promise((resolve) => setTimeout(resolve, 5, 'late')));
  yield* sleep(1000);
  return got;
}
`;

describe('treadle debug', function () {
  this.timeout(60_000);
  let project: Project;
  const specs = new SideBySide();

  before(async () => {
    project = await Project.create();
    project.write('crew.mjs', CREW);
    project.write('two-runs.mjs', TWO_RUNS);
    project.write('nested.mjs', NESTED);
    project.write('failing.mjs', FAILING);
    project.write('limited.mjs', LIMITED);
    project.write('limited.ts', LIMITED);
    project.write('outside.mjs', OUTSIDE);
    project.write('deep.mjs', DEEP);
    project.write('shop.mjs', SHOP);
    project.write('asks.mjs', ASKS);
    project.write('syntax.mjs', 'export const = 5;');
    project.write('nothing.mjs', 'export const x = 5;');
    project.install('tsx');
    cpSync(fileURLToPath(new URL('../../examples', import.meta.url)), join(project.folder, 'examples'), {
      recursive: true,
    });
    await specs.runAll();
  });

  after(() => project.remove());

  const session = (args: string | readonly string[], ...script: string[]): Promise<Transcript> =>
    debugSession(project, typeof args === 'string' ? [args] : args, script);

  specs.it('steps from yield to yield, shows the source, and goes back', async () => {
    const script = ['step', '', 'step 2', 'next', 'trace 2', 'continue', 'back 3', 'goto 0', 'until 100 ms'];
    const { code, stderr, text } = await session('crew.mjs', ...script);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(text).to.equal(`\
run of main begins, on the virtual clock
crew.mjs:14:22 in main
   12 │ }
   13 │
 › 14 │ export function* main() {
      │                      ^
   15 │   console.log('begins');
   16 │   yield* taskGroup(function* (tg) {
(treadle) step
│ begins
[1] 0 ms  main (#1): yields taskGroup (spawned main (#1))
crew.mjs:16:30 in (body of the group)
   14 │ export function* main() {
   15 │   console.log('begins');
 › 16 │   yield* taskGroup(function* (tg) {
      │                              ^
   17 │     for (let id = 1; id <= 2; id++) tg.startSoon(worker, id);
   18 │   });
(treadle) 
[2] 0 ms  main (#1) in (anonymous): returns (spawned worker (#2), worker (#3))
crew.mjs:16:3 in main
   14 │ export function* main() {
   15 │   console.log('begins');
 › 16 │   yield* taskGroup(function* (tg) {
      │   ^
   17 │     for (let id = 1; id <= 2; id++) tg.startSoon(worker, id);
   18 │   });
(treadle) step 2
[3] 0 ms  worker (#2) in fetchUser: yields sleep(100)
[4] 0 ms  worker (#3) in fetchUser: yields sleep(200)
crew.mjs:4:3 in fetchUser
   2 │
   3 │ function* fetchUser(id) {
 › 4 │   yield* sleep(100 * id);
     │   ^
   5 │   return \`user \${id}\`;
   6 │ }
(treadle) next
│ worker 1 has user 1
│ worker 2 has user 2
[6] 200 ms  worker (#3): returns (the task has ended)
(treadle) trace 2
… 4 steps before
[5] 100 ms  worker (#2): returns (the task has ended)
[6] 200 ms  worker (#3): returns (the task has ended)
(treadle) continue
run of main has ended after 7 steps, at 200 ms; its result is 42
(treadle) back 3
[4] 0 ms  worker (#3) in fetchUser: yields sleep(200)
crew.mjs:4:3 in fetchUser
   2 │
   3 │ function* fetchUser(id) {
 › 4 │   yield* sleep(100 * id);
     │   ^
   5 │   return \`user \${id}\`;
   6 │ }
(treadle) goto 0
run of main stands before its first step
crew.mjs:14:22 in main
   12 │ }
   13 │
 › 14 │ export function* main() {
      │                      ^
   15 │   console.log('begins');
   16 │   yield* taskGroup(function* (tg) {
(treadle) until 100 ms
│ begins
│ worker 1 has user 1
[5] 100 ms  worker (#2): returns (the task has ended)
run of main: cancelled, for the debugger is left
`);
  });

  specs.it('shows tasks, frames and variables, and evaluates expressions over them', async () => {
    const { answers } = await session(
      'crew.mjs',
      'step 4',
      'frames',
      'locals',
      'print id + typeof $value',
      'up',
      'print label.length',
      'print $ + 1',
      'task 2',
      'print id',
      'frames 1',
      'print id = 5',
      'print label.nothing.at',
      'print nobody',
      'print (() => { for (;;); })()',
      'print }',
      'tasks',
      'locals',
      'print fetchUser.name + typeof taskGroup',
    );
    expect(answers[2]).to.equal(
      'worker (#3)\n › 0  fetchUser  crew.mjs:4:3\n   1  worker     crew.mjs:10:16',
    );
    expect(answers[3]).to.equal('   id = 2');
    expect(answers[4]).to.equal(`'2object'`);
    expect(answers[5]).to.match(/^crew\.mjs:10:16 in worker\n/);
    expect(answers.slice(6, 8)).to.deep.equal(['8', '9']);
    expect(answers[8]).to.match(
      /^worker \(#2\): waits for sleep until \+100 ms\ncrew\.mjs:4:3 in fetchUser\n/,
    );
    expect(answers[9]).to.equal('1');
    expect(answers[11]).to.match(/^the variables of a frame cannot be set from here/);
    expect(answers.slice(12, 15)).to.deep.equal([
      `TypeError: Cannot read properties of undefined (reading 'at')`,
      'ReferenceError: nobody is not defined here: there is id, label, user, fetchUser, worker, sleep, taskGroup, main',
      'it was stopped after 1000 ms',
    ]);
    expect(answers[15]).to.match(/^SyntaxError: /);
    expect(answers[16]).to.match(/main #1[\s\S]*2 × worker #2, #3/);
    expect(answers[17]).to.equal('   id = 1\n   label = "worker 1"\n   user = undefined');
    expect(answers[18]).to.equal(`'fetchUserfunction'`); // those at the top of the module
  });

  specs.it('shows what `this` is in a method', async () => {
    const { answers } = await session(
      'shop.mjs',
      'print this',
      'break sell if this.items.includes(item)',
      'c',
      'locals',
      'print this.items[0] + item',
      'up',
      'print this',
    );
    expect(answers[1]).to.equal('undefined');
    expect(answers[3]).to.match(/^breakpoint 1: function sell if this\.items\.includes\(item\)\n\[1\]/);
    expect(answers[4]).to.equal('   this = Shop {items: Array(1)}\n   item = "tea"');
    expect(answers[5]).to.equal(`'teatea'`);
    expect(answers[7]).to.equal('undefined');
  });

  specs.it('stops at breakpoints; lists and deletes them', async () => {
    const { answers, code } = await session(
      ['--break', 'fetchUser', 'crew.mjs'],
      'break 9 if id === 2',
      'break exit task worker',
      'break',
      'continue',
      'continue',
      'break -1',
      'delete 2',
      'continue',
      'break',
      'delete all',
      'continue',
      'break',
    );
    expect(code).to.equal(0);
    expect(answers.slice(1, 3)).to.deep.equal([
      'breakpoint 2: crew.mjs:9 if id === 2 (line 10, for no coroutine yields at line 9)',
      'breakpoint 3: exit task worker',
    ]);
    expect(answers[3]?.split('\n')).to.have.length(3);
    expect(answers[4]).to.match(
      /^│ begins\nbreakpoint 1: function fetchUser\n\[3\] .*worker \(#2\) in fetchUser/,
    );
    // Both hold, and both are named and counted.
    expect(answers[5]).to.match(
      /^breakpoint 1: function fetchUser\nbreakpoint 2: .* if id === 2\n\[4\] .*worker \(#3\) in fetchUser/,
    );
    expect(answers[8]).to.match(/^│ worker 1 has user 1\nbreakpoint 3: exit task worker\n\[5\] /);
    expect(answers[9]).to.equal('breakpoint 3: exit task worker, stopped once');
    expect(answers[11]).to.match(/run of main has ended after 7 steps/);
    expect(answers[12]).to.match(/^no breakpoints/);
  });

  specs.it('goes by the condition of a breakpoint; one that fails holds', async () => {
    const { answers } = await session(
      'crew.mjs',
      'break 4 if id === 2',
      'break task 2 if nonsense',
      'c',
      'd 2',
      'c',
    );
    expect(answers[3]).to.match(
      /^│ begins\nthe condition nonsense: ReferenceError: nonsense is not defined here: there is id, fetchUser, worker, sleep, taskGroup, main\nbreakpoint 2: task #2 if nonsense\n\[3\] /,
    );
    expect(answers[5]).to.match(/^breakpoint 1: crew\.mjs:4 if id === 2\n\[4\] /);
  });

  specs.it(
    'goes on until a breakpoint that is not set: a line, a function, an effect, an event',
    async () => {
      const { answers } = await session(
        'crew.mjs',
        'until spawn',
        'until effect sleep',
        'until crew.mjs:4',
        'goto 0',
        'until worker',
        'until task 3',
        'until exit',
      );
      const steps = answers.map((answer) => /^\[(\d+)\]/m.exec(answer)?.[1]);
      expect(steps.slice(1)).to.deep.equal(['1', '3', '4', undefined, '3', '4', '5']);
    },
  );

  specs.it('gives a ready task the turn that is chosen', async () => {
    const { answers } = await session(
      'crew.mjs',
      'step 2',
      'step #3',
      'step worker',
      'step #2',
      'step #2',
      'step nobody',
    );
    expect(answers[2]).to.match(/^\[3\] 0 ms {2}worker \(#3\) in fetchUser: yields sleep\(200\)\n/);
    expect(answers[3]).to.equal('2 tasks have the name worker: say which by its number, #2, #3');
    expect(answers[4]).to.match(/^\[4\] 0 ms {2}worker \(#2\)/);
    expect(answers[5]).to.match(/^task #2 cannot be stepped: it waits \(sleep until/);
    expect(answers[6]).to.equal('there is no live task nobody; tasks lists them');
  });

  specs.it('shows how a run fails, as a person reads it; going back is still possible', async () => {
    const { code, answers } = await session(
      'failing.mjs',
      'break error',
      'c',
      'print $value',
      'c',
      'delete 1',
      'c',
      'b',
      'c',
    );
    expect(answers[2]).to.match(
      /^breakpoint 1: error\n\[5\] 1 ms {2}bad \(#2\): throws RangeError: no luck .*cancelled .*good/,
    );
    expect(answers[2]).to.match(/failing\.mjs:5:9 in bad\n[\s\S]* › 5 │ {3}throw new RangeError/);
    expect(answers[3]).to.match(/^RangeError: no luck\n {4}at bad \(failing\.mjs:5:9\)\n/);
    expect(answers[4]).to.match(
      /^│ cleans up\nbreakpoint 1: error\n\[7\] .*main \(#1\) ← ExceptionGroup: .*: lets it through.*\nrun of main has ended after 7 steps, at 1 ms, by an error\nExceptionGroup: [\s\S]*╰─ RangeError: no luck\n[\s\S]*spawned at failing\.mjs:/,
    );
    expect(answers[6]).to.match(/^the program is over/);
    expect(answers[7]).to.match(/^\[6\] 1 ms {2}good \(#3\) ← Cancelled: .*: lets it through/);
    expect(answers[8]).to.match(/^run of main has ended after 7 steps, at 1 ms, by an error\n/);
    expect(code).to.equal(1);
  });

  specs.it('shows where an error was thrown that has come through many calls', async () => {
    const { answers } = await session('deep.mjs', 'break error', 'c', 'frames');
    expect(answers[2]).to.contain('at main (deep.mjs:7:');
    expect(answers[3]).to.equal('main (#1)\n › 0  e  deep.mjs:3:40');
  });

  // The folders of the project and of the built package have a blank in their names, which is `%20` in URLs.
  specs.it("folds the engine's own frames, wherever the package lies", async () => {
    for (const file of ['limited.mjs', 'limited.ts']) {
      const { answers, text } = await session(file, 'step 3', 'tasks', 'c');
      expect(answers[2]).to.match(/│ … 1 frame of Treadle\n│ at main {2}limited/);
      expect(answers[3]).to.match(/at bad \(limited\.\w+:5:9\)\n[\s\S]*… \d+ frames? of treadle/);
      expect(text).not.to.match(/(kernel|stepper)\//);
    }
  });

  specs.it('shows the error of a run once, also if its last step took long', async () => {
    project.write(
      'long-step.mjs',
      `import { run, sleep } from 'treadle';
       await run(function* main() {
         yield* sleep(1);
         for (const end = performance.now() + 50; performance.now() < end; );
         throw new RangeError('no luck');
       }, { backend: 'virtual' });`,
    );
    const { code, answers } = await session('long-step.mjs', 'c');
    expect(answers[1]?.match(/RangeError: no luck/g)).to.have.length(1);
    expect(answers[1]).to.match(/^run of main has ended after 2 steps, at 1 ms, by an error\n/);
    expect(code).to.equal(1);
  });

  specs.it('steps runs that the program begins itself, one after the other, on the real clock', async () => {
    const { code, text } = await session(
      'two-runs.mjs',
      'step',
      'step',
      'step',
      'back',
      'continue',
      'continue',
    );
    expect(code).to.equal(0);
    expect(timeless(text).replace(/^[ ›]+\d* │.*\n/gm, '')).to.equal(`\
run of first begins, on the real clock
two-runs.mjs:3:16 in first
(treadle) step
[1] # ms  first (#1): yields sleep(5) (spawned first (#1))
two-runs.mjs:3:21 in first
(treadle) step
[2] # ms  first (#1): returns "one" (the task has ended)
run of first has ended after 2 steps, at # ms; its result is 'one'
│ got one
run of second begins, on the real clock
two-runs.mjs:4:17 in second
(treadle) step
[1] # ms  second (#1): yields sleep(5) (spawned second (#1))
two-runs.mjs:4:22 in second
(treadle) back
run of second is on a real backend and cannot go back: time has passed, and what was sent is sent. treadle debug --backend virtual FILE steps it on the virtual clock
(treadle) continue
run of second has ended after 2 steps, at # ms; its result is 'two'
│ got two
(treadle) continue
the program is over: no run is alive, and none will begin
`);
  });

  specs.it('steps them on the virtual clock when told to, where they can go back', async () => {
    const { answers } = await session(['--backend', 'virtual', 'two-runs.mjs'], 'c', 'b 1', 'c', 'run');
    expect(answers[0]).to.match(/^run of first begins, on the virtual clock\n/);
    expect(answers[1]).to.equal(
      "run of first has ended after 2 steps, at 5 ms; its result is 'one'\n│ got one\n" +
        "run of second begins, on the virtual clock\nrun of second has ended after 2 steps, at 5 ms; its result is 'two'\n│ got two",
    );
    expect(answers[2]).to.match(/^\[1\] 0 ms {2}second \(#1\): yields sleep\(5\)/);
    expect(answers[3]).to.equal("run of second has ended after 2 steps, at 5 ms; its result is 'two'");
    expect(answers[4]).to.equal(
      '   1  run of first, virtual clock, ended\n › 2  run of second, virtual clock, ended',
    );
  });

  specs.it('steps what main() runs, on the virtual clock too, there and back', async () => {
    project.write(
      'by-main.mjs',
      `import { main, sleep } from 'treadle';
       main(function* app() { yield* sleep(60_000); });`,
    );
    const { answers, code } = await session(
      ['--backend', 'virtual', 'by-main.mjs'],
      'step',
      'next',
      'back',
      'step',
    );
    expect(answers[0]).to.match(/^run "main" begins, on the virtual clock\n/);
    expect(answers[2]).to.match(/run "main" has ended after 2 steps, at 60000 ms$/);
    expect(answers[3]).to.match(/^\[1\] 0 ms {2}app \(#1\): yields sleep\(60000\)/);
    expect(answers[4]).to.equal(answers[2]);
    expect(code).to.equal(0);
  });

  specs.it('stays when nothing in the process can go on: main() takes no deadlock for an error', async () => {
    project.write(
      'stuck.mjs',
      `import { Event, main } from 'treadle';
      main(function* stuck() { yield* new Event().wait(); });`,
    );
    const { code, text, answers } = await session(
      ['--backend', 'virtual', 'stuck.mjs'],
      'c',
      'tasks',
      's',
      'q',
    );
    expect(answers[1]).to.match(/^nothing in the process will wake a task any more.*\nstuck\.mjs:2:/);
    expect(answers[2]).to.match(/^stuck #1 {2}/m);
    expect(answers[3]).to.equal(answers[1]);
    expect(text)
      .to.match(/: cancelled, for the debugger is left/)
      .and.not.contain('process.exit');
    expect(code).to.equal(0);
  });

  specs.it('waits long on the virtual clock for what keeps the process alive', async () => {
    project.write(
      'for-long.mjs',
      `import { until } from 'treadle';
      const later = () => new Promise((resolve) => setTimeout(resolve, 900));
      export function* main() { yield* until(later()); yield* until(later().then(later)); return 'waited'; }`,
    );
    const { answers } = await session(['for-long.mjs'], 'continue');
    expect(answers[1]).to.match(/^run of main has ended after 3 steps, at 0 ms; its result is 'waited'/);
  });

  specs.it('says so when a wait on the virtual clock is for nothing, and goes back from there', async () => {
    project.write(
      'for-nothing.mjs',
      `import { sleep, suspend } from 'treadle';
      export function* main() { yield* sleep(5); yield* suspend(() => {}); }`,
    );
    const { code, answers } = await session(['for-nothing.mjs'], 'continue', 'goto 9', 'back', 'quit');
    const stalled = /^nothing in the process will wake a task any more.*\nfor-nothing\.mjs:2:/;
    expect(answers[1]).to.match(stalled);
    expect(answers[2]).to.match(/^nothing in the process will wake/);
    expect(answers[3]).to.match(/^\[1\] 0 ms {2}main \(#1\): yields sleep\(5\)/);
    expect(code).to.equal(0);
  });

  specs.it('steps into a run that another one waits for, and over it', async () => {
    const into = await session('nested.mjs', 'step', 'step', 'step', 'step', 'step', 'step', 'step');
    expect(into.answers[1]).to.match(/^run of inner begins, on the real clock\n\[1\] .* outer \(#1\)/);
    expect(into.answers[3]).to.match(
      /^run of outer waits for something outside of it; run of inner is shown now/,
    );
    expect(into.answers[5]).to.match(
      /run of inner has ended after 2 steps.*'from inside'\nrun 1 \(run of outer\) is shown now$/,
    );
    expect(into.answers[7]).to.match(/returns "FROM INSIDE".*\nrun of outer has ended .*\n│ FROM INSIDE$/);
    const over = await session('nested.mjs', 'step', 'next');
    expect(over.answers[2]).to.match(
      /^run of inner has ended .*\n\[4\] .*returns "FROM INSIDE".*\nrun of outer has ended .*\n│ FROM INSIDE$/,
    );
  });

  specs.it(
    'tells the end of a run within a run in its turn; if its error is caught all is well',
    async () => {
      project.write(
        'caught.mjs',
        `import { checkpoint, run, runSync, sleep, until } from 'treadle';
       function* outer() {
         console.log(runSync(function* sum() { yield* checkpoint(); return 'at once'; }));
         console.log('and on');
         try {
           yield* until(run(function* inner() { yield* sleep(1); throw new Error('no luck'); }));
         } catch (error) {
           console.log('caught:', error.message);
         }
       }
       console.log('result:', await run(outer));`,
      );
      for (const options of [[], ['--backend', 'virtual']]) {
        const { code, answers } = await session([...options, 'caught.mjs'], 'c');
        const lines = answers[1]?.split('\n').filter((line) => /^(│ (at|and|caught|result)|run)/.test(line));
        expect(lines?.map((line) => line.replace(/(ended|begins).*/, '$1'))).to.deep.equal([
          '│ at once',
          '│ and on',
          'run of inner begins',
          'run of inner has ended',
          '│ caught: no luck',
          'run of outer has ended',
          '│ result: undefined',
        ]);
        expect(code).to.equal(0);
      }
    },
  );

  specs.it('waits for the host on the virtual clock, too, forwards and back', async () => {
    const { answers } = await session(
      'outside.mjs',
      'step',
      'next',
      'continue',
      'back 2',
      'next',
      'goto 0',
      'goto 2',
    );
    expect(answers[2]).to.match(/^\[2\] 0 ms {2}main \(#1\) ← "late": yields sleep\(1000\)\n/);
    expect(answers[3]).to.equal("run of main has ended after 3 steps, at 1000 ms; its result is 'late'");
    expect(answers[4]).to.match(/^\[1\] 0 ms {2}main \(#1\): yields until\(promise\)/);
    expect(answers[5]).to.equal(answers[2]);
    expect(answers[7]).to.equal(answers[2]);
  });

  specs.it(
    'evaluates a condition where the breakpoint is, not where the task has gone from there',
    async () => {
      project.write(
        'passes.mjs',
        `import { sleep } from 'treadle';
       function* below(other) { yield* sleep(other); }
       export function* main() { for (let turn = 1; turn < 4; turn++) {
         yield* below(turn);
       } }`,
      );
      const { answers } = await session('passes.mjs', 'break 4 if turn === 2', 'c', 'up', 'print turn', 'c');
      expect(answers[2]).to.match(/^breakpoint 1: passes\.mjs:4 if turn === 2\n\[2\]/);
      expect(answers[4]).to.equal('2');
      expect(answers[5]).to.match(/^run of main has ended/);
    },
  );

  specs.it('goes back to behind a run that was waited for: that one goes on meanwhile', async () => {
    project.write(
      'waits.mjs',
      `import { run, sleep, until } from 'treadle';
       function* inner() { yield* sleep(1); return 'from inside'; }
       export function* main() {
         const text = yield* until(run(inner));
         yield* sleep(5);
         console.log(text);
       }`,
    );
    for (const options of [[], ['--backend', 'virtual']]) {
      const { answers } = await session([...options, 'waits.mjs'], 'break inner', 'c', 'c', 'c', 'back', 'c');
      expect(answers[5]).to.match(
        /^run of inner begins, .*\nrun of inner has ended .*'from inside'\n\[\d+\] 0 ms {2}main \(#1\) ← "from inside": yields sleep\(5\)\n/,
      );
      expect(answers[6]).to.match(/^│ from inside\nrun of main has ended after /);
    }
  });

  specs.it('forgets the runs that were begun in steps that are undone, and theirs', async () => {
    project.write(
      'in-vain.mjs',
      `import { run, sleep, until } from 'treadle';
       function* inmost() { yield* sleep(1); }
       function* inner() {
         const begun = run(inmost);
         try { yield* sleep(1); yield* until(begun); } finally { console.log('cleaned up'); }
       }
       export function* main() {
         const begun = run(inner);
         yield* sleep(5);
         yield* sleep(5);
         yield* until(begun);
       }`,
    );
    for (const options of [[], ['--backend', 'virtual']]) {
      const { answers, code } = await session(
        [...options, 'in-vain.mjs'],
        ...[
          'break 4',
          'break inmost',
          'c',
          'c',
          'run 1',
          'goto 0',
          'run',
          's',
          'back',
          's',
          'back',
          's',
          'run',
          'delete all',
          'c',
        ],
      );
      expect(code).to.equal(0);
      expect(answers[7]).to.match(/^ › 1 {2}run of main, [^\n]*$/);
      expect(answers[13]!.split('\n')).to.have.length(2);
      expect(answers[15]!.match(/cleaned up|run of inner has ended|run of inmost has ended/g)).to.deep.equal([
        'run of inmost has ended',
        'cleaned up',
        'run of inner has ended',
      ]);
    }
  });

  specs.it(
    'begins anew: on the virtual clock from the beginning, else by loading the file again',
    async () => {
      const virtual = await session('crew.mjs', 'break 4', 'c', 'restart', 'c');
      expect(virtual.answers[3]).to.match(/^run of main stands before its first step\n/);
      expect(virtual.answers[4]).to.equal(
        `│ begins\n${String(virtual.answers[2]?.replace(/^│ begins\n/, ''))}`,
      );
      const real = await session('two-runs.mjs', 'break 3', 'c', 'restart', 'c', 'd 1', 'c');
      expect(real.answers[3]).to.match(
        /^run of first begins, on the real clock\ntwo-runs\.mjs:3:16 in first\n/,
      );
      expect(real.answers[4]).to.match(/^breakpoint 1: two-runs\.mjs:3\n\[1\] /);
      expect(real.answers[6]).to.match(/│ got one\n[\s\S]*│ got two$/);
    },
  );

  specs.it('shows what the program writes, marked and in order', async () => {
    project.write(
      'writes.mjs',
      `import { sleep } from 'treadle';
       export function* main() {
         process.stdout.write('half a '); yield* sleep(1);
         process.stdout.write('line\\nanother\\n'); console.error('wrong');
         process.stdout.write(new TextEncoder().encode('byt')); yield* sleep(1);
         console.log('es');
       }`,
    );
    const { text } = await session('writes.mjs', 'step', 'step', 'step');
    const lines = text.split('\n').filter((line) => /^[│![]/.test(line));
    expect(lines.map((line) => line.replace(/ +main.*/, ''))).to.deep.equal([
      '│ half a ',
      '[1] 0 ms',
      '│ line',
      '│ another',
      '! wrong',
      '│ byt',
      '[2] 1 ms',
      '│ es',
      '[3] 2 ms',
    ]);
  });

  specs.it('lists the source: around the place, on from there, around a line, of another file', async () => {
    const { answers } = await session(
      'crew.mjs',
      'list',
      'list',
      'list 3',
      'list crew.mjs:20',
      'list 99',
      'list nowhere.mjs:1',
      'list x',
    );
    const numbers = answers.map((answer) => answer.match(/\d+(?= │)/g)?.map(Number) ?? []);
    expect(numbers[1]).to.deep.equal([9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(numbers[2]).to.deep.equal([9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20].slice(-11));
    expect(numbers[3]).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(answers.slice(5)).to.deep.equal([
      'crew.mjs has lines 1 to 20, not 99',
      'no file that is loaded ends in nowhere.mjs',
      'list x? list, list LINE, or list FILE:LINE',
    ]);
  });

  specs.it('keeps what is typed for itself: the program reads an empty standard input', async () => {
    const { text } = await session('asks.mjs', 'continue', 'print 1 + 1');
    expect(text).to.match(/│ read 0\n[\s\S]*\(treadle\) print 1 \+ 1\n2\n/);
  });

  specs.it('takes commands from a file first, and goes on with those of the standard input', async () => {
    project.write('commands.txt', '# a comment\nstep\n\nstep\n');
    const { text } = await session(['-x', 'commands.txt', 'crew.mjs'], 'trace');
    expect(text).to.match(
      /\(treadle\) step\n[\s\S]*\(treadle\) step\n[\s\S]*\(treadle\) trace\n\[1\] .*\n\[2\] /,
    );
  });

  specs.it('lets the program clean up when it is left, and gives it its arguments', async () => {
    project.write(
      'cleans.mjs',
      `import { sleepForever } from 'treadle';
       export function* main() {
         try { console.log(process.argv.slice(2).join()); yield* sleepForever(); } finally { console.log('cleans up'); }
       }`,
    );
    for (const backend of ['virtual', 'node']) {
      const { code, text } = await session(
        ['--backend', backend, 'cleans.mjs', 'a', '--', '--b'],
        'step',
        'quit',
        'step',
      );
      expect(code).to.equal(0);
      expect(text).to.match(/│ a,--b\n[\s\S]*\(treadle\) quit\nrun of main: cancelled.*\n│ cleans up\n$/);
    }
  });

  specs.it(
    'lives on when the program goes wrong outside of its runs, and ends when that ends the process',
    async () => {
      project.write(
        'wrong.mjs',
        `import { sleep, until } from 'treadle';
       export function* main() {
         setTimeout(() => { throw new Error('in a callback'); });
         Promise.reject(new Error('nobody looks'));
         yield* until(new Promise((resolve) => setTimeout(resolve, 20)));
         yield* sleep(1);
         process.exit(7);
       }`,
      );
      const { code, text } = await session('wrong.mjs', 'until effect sleep', 'locals', 'step', 'step');
      expect(text)
        .to.match(/a promise was rejected, and nobody has handled it:\nError: nobody looks\n/)
        .and.to.match(/an error was thrown, and nobody has caught it:\nError: in a callback\n/)
        .and.to.match(
          /main has no variables\n\(treadle\) step\nthe process ends, with the exit code 7: .*\n$/,
        );
      expect(code).to.equal(7);
    },
  );

  specs.it('has help', async () => {
    const { answers } = await session('crew.mjs', 'help', 'help b', 'help until', 'help nothing');
    for (const name of 'step next out continue until back tasks frames locals print break list trace help quit'.split(
      ' ',
    ))
      expect(answers[1]).to.match(new RegExp(`^ .{4}${name}\\b`, 'm'));
    expect(answers[2]).to.match(/^back \[COUNT\] \(also b\)\n/);
    expect(answers[4]).to.match(/^there is no command nothing/);
    const { stdout, code } = await project.treadle('debug', '--help');
    expect([code, stdout]).to.satisfy(([, text]: [number, string]) => text.includes('Exit codes:'));
  });

  describe('says what is wrong with a command, and goes on:', () => {
    const CASES: readonly (readonly [what: string, command: string, said: RegExp])[] = [
      [
        'one that is not there',
        'hlep',
        /^there is no command hlep \(did you mean help\?\); help lists them$/,
      ],
      ['one that is cut too short', 'ta', /^"ta" may mean tasks or task$/],
      ['a count that is none', 'back x', /^"x" is no whole number: back COUNT$/],
      ['back at the beginning', 'back', /^run of main stands at its beginning$/],
      [
        'back by too many',
        'step\nback 9',
        /^cannot go back by 9 steps: 1 have been taken, and goto 0 is the beginning$/,
      ],
      ['goto without a step', 'goto', /^to which step\?/],
      ['goto behind the end', 'goto 99', /there is no step 99: the run has ended after 7$/],
      ['a line without code', 'break 19', /^no coroutine yields at line 19 of crew\.mjs or after it; /],
      ['a line that is not there', 'until 900', /^crew\.mjs has only 20 lines; /],
      [
        'a file that is not there',
        'break x.ts:5',
        /^breakpoint \d: x\.ts:5 \(no file that is loaded by now ends in x\.ts\)$/,
      ],
      [
        'a function that is not there',
        'break fetchUsr',
        /^breakpoint \d: .*\(no file that is loaded by now has the word fetchUsr\)$/,
      ],
      [
        'a method with its class',
        'break Crew.work',
        /^breakpoint \d: .*\(a function goes by its own name, without that of its class: work\)$/,
      ],
      ['a breakpoint that is none', 'break task', /^task what\?/],
      ['a breakpoint that is not set', 'delete 5', /^there is no breakpoint 5; there are none$/],
      ['a task that is not there', 'task 9', /^there is no live task 9; tasks lists them$/],
      ['a frame that is not there', 'frames 9', /^main \(#1\) has only frame 0$/],
      ['a run that is not there', 'run 9', /^there is no run 9; run lists them$/],
      ['a trace of no steps', 'step\ntrace 0', /^trace how many steps\?/],
      ['print of nothing', 'print', /^print what\?/],
      ['a step after the end', 'c\nstep', /^run of main has ended: back goes back, restart begins anew$/],
      ['variables after the end', 'c\nlocals', /^run of main has ended$/],
    ];
    const script = CASES.flatMap(([, command]) => [...command.split('\n'), 'goto 0', 'delete all']);
    let answers: readonly string[];
    specs.it('all of it', async () => {
      ({ answers } = await session('crew.mjs', ...script));
    });

    let at = 0;
    for (const [what, command, said] of CASES) {
      at += command.split('\n').length;
      const place = at;
      at += 2;
      it(what, () => expect(answers[place]).to.match(said));
    }
  });

  describe('refuses, with a sentence and the exit code 2,', () => {
    const CASES: readonly (readonly [what: string, args: readonly string[], said: RegExp])[] = [
      ['a file that is not there', ['nowhere.mjs'], /^treadle: there is no file .*nowhere\.mjs/],
      ['no file', [], /missing required argument 'file'/],
      ['a file that does not load', ['syntax.mjs'], /^treadle: .*does not load: SyntaxError/],
      ['a file in which there is nothing to run', ['nothing.mjs'], /^treadle: .*there was nothing to run/],
      ['a backend that is not there', ['--backend', 'web', 'crew.mjs'], /Allowed choices are virtual, node/],
      ['a breakpoint that is none', ['-b', 'task', 'crew.mjs'], /^treadle: task what\?/],
      [
        'a breakpoint on a line without code',
        ['-b', 'crew.mjs:19', 'crew.mjs'],
        /^treadle: .*no coroutine yields at line 19/,
      ],
      [
        'a file of commands that is not there',
        ['-x', 'no.txt', 'crew.mjs'],
        /^treadle: the file of commands cannot be read: ENOENT/,
      ],
    ];
    for (const [what, args, said] of CASES) {
      specs.it(what, async () => {
        const { code, stderr } = await session(args, 'step');
        expect(stderr).to.match(said);
        expect(code).to.equal(2);
      });
    }
  });

  specs.it('shows what a file throws before anything has begun, and ends with 1', async () => {
    project.write('throws.mjs', `throw new TypeError('at the top');`);
    const { code, text } = await session('throws.mjs', 'step');
    expect(code).to.equal(1);
    expect(text).to.match(/^.*throws\.mjs has failed:\nTypeError: at the top\n/);
  });

  describe('with the examples, in TypeScript:', () => {
    specs.it('five-tasks.ts, backwards and forwards on the virtual clock', async () => {
      const { answers, code } = await session(
        ['--backend', 'virtual', 'examples/five-tasks.ts'],
        'until twoFail',
        'break error',
        'continue',
        'locals',
        'back',
        'continue',
        'delete all',
        'continue',
      );
      expect(code).to.equal(0);
      expect(answers[1]).to.match(
        /│ All tasks finished!\nrun of allIsWell has ended after 13 steps, at 500 ms\n/,
      );
      expect(answers[3]).to.match(
        /│ Task 1 fails\nbreakpoint 1: error\n\[8\] 200 ms {2}failing \(#3\): throws TeaSpilt: on the warp/,
      );
      expect(answers[5]).to.match(
        /^\[7\] 0 ms {2}interrupted \(#6\): yields sleep\(5000\)\nexamples\/five-tasks\.ts:37:5 in interrupted\n/,
      );
      expect(answers[6]).to.match(/^│ Task 1 fails\nbreakpoint 1: error\n\[8\] /);
      expect(answers[8]).to.match(
        /│ Task 4 cleans up\n[\s\S]*run of twoFail has ended after 13 steps, at 200 ms\n│ Spilt tea|│ Spilt tea/,
      );
    });

    specs.it('post.ts, with real requests', async () => {
      const { answers, code } = await session(
        'examples/post.ts',
        'break authenticate',
        'continue',
        'locals',
        'next',
        'print response.status',
        'delete 1',
        'until fetchEndpoint',
        'frames',
        'print endpoint',
        'tasks',
      );
      expect(code).to.equal(0);
      expect(answers[2]).to.match(
        /examples\/post\.ts:12:20 in authenticate\n[\s\S]* › 12 │ {3}const response = yield\*/,
      );
      expect(answers[3]).to.match(/ {3}api = "http:\/\/127\.0\.0\.1:\d+"/);
      expect(answers[4]).to.match(/authenticate \(#2\) ← Response \{.*: yields until\(promise\)/);
      expect(answers[7]).to.match(/GET \/users \(#3\) in fetchEndpoint: yields until/);
      expect(answers[8]).to.match(/^GET \/users \(#3\)\n › 0 {2}fetchEndpoint {2}examples\/post\.ts:19:20$/);
      expect(answers[9]).to.equal(`'/users'`);
      expect(answers[10]).to.match(/GET \/users #3[\s\S]*GET \/orders[\s\S]*#4[\s\S]*#5/);
    });
  });
});
