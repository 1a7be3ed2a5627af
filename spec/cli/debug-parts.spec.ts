/** The parts of `treadle debug` that work by themselves: breakpoints as they are typed, completion, words. */
import { expect } from 'chai';
import { type Coroutine, checkpoint, sleep, taskGroup } from 'treadle';
import { createStepper } from 'treadle/debug';
import { InputError } from '../../lib/cli/input-error.js';
import type { Program } from '../../lib/cli/load-program.js';
import { findCommand } from '../../lib/cli/terminal/command.js';
import { COMMANDS } from '../../lib/cli/terminal/commands.js';
import { completeLine } from '../../lib/cli/terminal/completion.js';
import { DebuggedProgram, type Listener } from '../../lib/cli/terminal/debugged-program.js';
import { DebuggedRun, ON, single, UNNAMED } from '../../lib/cli/terminal/debugged-run.js';
import { compile, evaluate, showValue, wordsOf } from '../../lib/cli/terminal/evaluate.js';
import { ScriptLines } from '../../lib/cli/terminal/lines.js';
import { nearest } from '../../lib/cli/terminal/nearest.js';
import { parseBreakpoint } from '../../lib/cli/terminal/parse-breakpoint.js';
import { ProgramOutput } from '../../lib/cli/terminal/program-output.js';
import { Session } from '../../lib/cli/terminal/session.js';
import { viewSource, windowAround } from '../../lib/cli/terminal/source-view.js';
import { describeStep } from '../../lib/cli/terminal/step-words.js';
import type { DebugDoor } from '../../lib/cli/treadle-copy.js';
import { painter } from '../../lib/debug/paint.js';

const plain = painter(false);

describe('a breakpoint as it is typed', () => {
  const HERE = '/project/app.ts';

  const CASES: readonly (readonly [typed: string, title: string, breakpoint: object])[] = [
    ['app.ts:12', 'app.ts:12', { file: 'app.ts', line: 12 }],
    ['src/app.ts:12:5', 'src/app.ts:12', { file: 'src/app.ts', line: 12 }],
    ['12', '/project/app.ts:12', { file: HERE, line: 12 }],
    ['fetchUser', 'function fetchUser', { function: 'fetchUser', on: 'enter' }],
    ['function fetchUser', 'function fetchUser', { function: 'fetchUser', on: 'enter' }],
    ['/^fetch/i', 'function /^fetch/i', { function: /^fetch/i, on: 'enter' }],
    ['task worker', 'task worker', { task: 'worker' }],
    ['task 3', 'task #3', { task: 3 }],
    ['task #3', 'task #3', { task: 3 }],
    ['task "GET /users"', 'task GET /users', { task: 'GET /users' }],
    ['task GET /users', 'task GET /users', { task: 'GET /users' }],
    ['effect sleep', 'effect sleep', { effect: /^sleep(?!\w)/ }],
    ['effect sleep(300)', 'effect sleep(300)', { effect: /^sleep\(300\)(?!\w)/ }],
    ['cancel', 'cancel', { on: 'cancel' }],
    ['error task worker', 'error task worker', { on: 'error', task: 'worker' }],
    [
      'task worker 1 effect /lock|sleep/',
      'task worker 1 effect /lock|sleep/',
      { task: 'worker 1', effect: /lock|sleep/ },
    ],
    ['function step error', 'function step error', { function: 'step', on: 'error' }],
    ['app.ts:4 task worker', 'app.ts:4 task worker', { file: 'app.ts', line: 4, task: 'worker' }],
  ];
  for (const [typed, title, breakpoint] of CASES) {
    it(typed, () => {
      const parsed = parseBreakpoint(typed, HERE);
      expect(parsed).to.deep.equal({ breakpoint, title, condition: undefined });
    });
  }

  it('has a condition behind an if', () => {
    const { title, condition } = parseBreakpoint('app.ts:12 if user.id > 7', undefined);
    expect([title, condition]).to.deep.equal(['app.ts:12 if user.id > 7', 'user.id > 7']);
  });

  const REFUSED: readonly (readonly [typed: string, said: string])[] = [
    ['', 'a breakpoint is task NAME'],
    ['if x', 'an if comes behind one of these'],
    ['12 if', 'behind if stands an expression'],
    ['12 if )', 'behind if stands an expression, and ")" is none'],
    ['task', 'task what?'],
    ['x-y', '"x-y" is no breakpoint'],
    ['fetch cancell', 'did you mean cancel?'],
    ['error exit', 'error and exit cannot hold at once'],
    ['task a task b', 'two conditions task cannot hold at once'],
    ['/(/', '/(/ is no regular expression'],
  ];
  for (const [typed, said] of REFUSED) {
    it(`is refused: ${typed}`, () => {
      expect(() => parseBreakpoint(typed, HERE)).to.throw(InputError, said);
    });
  }

  it('is refused: a line when no source is shown', () => {
    expect(() => parseBreakpoint('12', undefined)).to.throw(
      InputError,
      'line 12 of which file? Write FILE:12',
    );
  });
});

describe('a command as it is typed', () => {
  it('is found by its name, a short form, or a clear beginning', () => {
    const found = [
      'step',
      's',
      'n',
      'o',
      'c',
      'u',
      'b',
      't',
      'f',
      'l',
      'p',
      'br',
      'bre',
      'trac',
      'h',
      'q',
      'g',
      'd',
      'li',
    ];
    expect(found.map((word) => findCommand(COMMANDS, word).name)).to.deep.equal([
      ...['step', 'step', 'next', 'out', 'continue', 'until', 'back', 'tasks', 'frames', 'locals', 'print'],
      ...['break', 'break', 'trace', 'help', 'quit', 'goto', 'delete', 'list'],
    ]);
    expect(() => findCommand(COMMANDS, 'ta')).to.throw(InputError, '"ta" may mean tasks or task');
    expect(() => findCommand(COMMANDS, 'contineu')).to.throw(InputError, 'did you mean continue?');
    expect(() => findCommand(COMMANDS, 'xyzzy')).to.throw(
      InputError,
      'there is no command xyzzy; help lists them',
    );
  });

  it('has no short form that means two', () => {
    const words = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(words).size).to.equal(words.length);
  });

  it('is nearest to what differs in few letters', () => {
    const words = ['step', 'next', 'back', 'break'];
    expect(['setp', 'brake', 'NEXT', 'zzzz', 'bakc'].map((typed) => nearest(typed, words))).to.deep.equal([
      'step',
      'break',
      'next',
      undefined,
      'back',
    ]);
  });
});

describe('completion', () => {
  function* worker(): Coroutine<void> {
    const amount = 5;
    yield* sleep(amount);
  }
  function* main(): Coroutine<void> {
    yield* taskGroup(function* (tg) {
      tg.startSoon(worker);
      tg.createTask(worker(), { name: 'GET /users' });
    });
  }
  const listener: Listener = {
    begun() {},
    ended() {},
    brokeAt() {},
    ending() {},
    nothingToRun() {},
    failed() {},
  };

  const open: Disposable[] = [];
  // A run that is left standing is one that other specs would find among the live ones.
  after(() => {
    for (const stepper of open) stepper[Symbol.dispose]();
  });

  /** A session that stands where worker sleeps. */
  function standing(): Session {
    const output = new ProgramOutput(plain);
    output[Symbol.dispose]();
    const session = new Session(output, plain, false);
    session.program = new DebuggedProgram({ file: 'x.ts' } as Program, {} as DebugDoor, undefined, listener);
    const stepper = createStepper(main);
    open.push(stepper);
    stepper.goTo(3);
    session.program.runs.add({
      kind: 'virtual',
      name: UNNAMED,
      owns: () => true,
      isUndone: () => false,
      stepper,
    });
    session.choose(session.program.runs.all[0]);
    return session;
  }

  it('knows commands, tasks, functions, variables and breakpoints', () => {
    const session = standing();
    session.breakpoints.add(parseBreakpoint('cancel', undefined), []);
    const complete = (line: string) => completeLine(line, COMMANDS, session);
    expect(complete('')[0]).to.include.members(['step', 'quit']);
    expect(complete('ta')).to.deep.equal([['task', 'tasks'], 'ta']);
    expect(complete('task w')).to.deep.equal([['worker'], 'w']);
    expect(complete('task GET /')).to.deep.equal([['GET /users'], 'GET /']);
    expect(complete('p am')).to.deep.equal([['amount'], 'am']);
    expect(complete('print amount + am')).to.deep.equal([['amount'], 'am']);
    expect(complete('break wo')).to.deep.equal([['worker'], 'wo']);
    expect(complete('break ca')).to.deep.equal([['cancel'], 'ca']);
    expect(complete('delete ')).to.deep.equal([['1', 'all'], '']);
    expect(complete('help re')).to.deep.equal([['restart'], 're']);
    expect(complete('step GET')).to.deep.equal([['GET /users'], 'GET']);
    expect(complete('quit x')).to.deep.equal([[], 'x']);
    expect(complete('nonsense x')).to.deep.equal([[], 'nonsense x']);
  });
});

describe('the source around a place', () => {
  it('is as many lines before as after, if there are as many', () => {
    expect([
      windowAround(10, 5, 20),
      windowAround(1, 5, 20),
      windowAround(20, 5, 20),
      windowAround(2, 5, 3),
    ]).to.deep.equal([
      { first: 8, last: 12 },
      { first: 1, last: 5 },
      { first: 16, last: 20 },
      { first: 1, last: 3 },
    ]);
  });

  it('marks the place, also behind tabs, and the breakpoints', () => {
    const at = { file: 'x.ts', line: 2, column: 3 };
    const source = ['function* f() {', '\t\tyield 1;', '}', ''];
    const view = { first: 1, last: 3, at, breaks: new Set([1, 2]) };
    expect(viewSource(source, view, plain)).to.deep.equal([
      ' ● 1 │ function* f() {',
      ' › 2 │     yield 1;',
      '     │     ^',
      '   3 │ }',
    ]);
    const painted = viewSource(source, view, painter(true)).join('\n');
    expect(painted).to.include('\u001b[32m›').and.to.include('\u001b[31m●');
  });
});

describe('an expression', () => {
  const values = new Map<string, unknown>([
    ['list', [1, 2]],
    ['user', { id: 7 }],
  ]);

  it('is evaluated over variables, which are copies of references', () => {
    expect(evaluate('list.length + user.id', values)).to.equal(9);
    expect(evaluate('{ a: 1 }', values)).to.deep.equal({ a: 1 });
    expect(evaluate('user.id = 8 // the user', values)).to.equal(8);
    expect(evaluate('user.id', values)).to.equal(8);
    expect(Object.getOwnPropertySymbols(globalThis).map(String)).to.not.include('Symbol(treadle.variables)');
  });

  it('says what it threw', () => {
    const thrown = (expression: string): string => {
      try {
        return `it gave ${String(evaluate(expression, values))}`;
      } catch (error) {
        return wordsOf(error, values.keys());
      }
    };
    expect(thrown('nobody')).to.equal('ReferenceError: nobody is not defined here: there is list, user');
    expect(thrown('user = 1')).to.match(/^the variables of a frame cannot be set/);
    expect(thrown('(() => { throw 5; })()')).to.equal('it threw: 5');
    expect(thrown('1 +')).to.match(/^SyntaxError: /);
    expect(() => compile('if (x) {}')).to.throw(SyntaxError);
  });

  it('may name private fields, and shows those of its value', () => {
    class Base {
      readonly #id = 'base';
      get base(): string {
        return this.#id;
      }
    }
    class Account extends Base {
      readonly owner = 'ann';
      readonly #id = 5n;
      readonly #history = new Map([['first', { delta: NaN }]]);
      readonly #nothing = undefined;
      get #size(): number {
        return this.#history.size;
      }
      get used(): unknown {
        return [this.#id, this.#nothing, this.#size];
      }
    }
    const account = new Account();
    const seen = new Map<string, unknown>([['account', account]]);
    expect(evaluate('account.#history.get("first").delta', seen)).to.deep.equal(NaN);
    expect(evaluate('[account?.#id, account.#size, account.#nothing]', seen)).to.deep.equal([
      5n,
      1,
      undefined,
    ]);
    expect(evaluate('"the .#id of " + account.owner', seen)).to.equal('the .#id of ann');
    expect(() => evaluate('account.#nope', seen)).to.throw('there is no private field #nope here');
    expect(Object.getOwnPropertyNames(Object.prototype).join()).to.not.contain('#');
    expect(showValue(account, false).split('\n').sort()).to.deep.equal([
      "#history: Map(1) { 'first' => { delta: NaN } }",
      "#id: 'base'",
      '#id: 5n',
      '#nothing: undefined',
      '#size: (…) a getter',
      "Account { owner: 'ann' }",
    ]);
  });

  it('is shown without running code of the program, and no longer than a screen', () => {
    const odd = {
      get trap(): never {
        throw new Error('called');
      },
      [Symbol.for('nodejs.util.inspect.custom')]: () => 'custom',
    };
    expect(showValue(odd, false)).to.match(/^\{\n? +trap: \[Getter\]/);
    const deep = Array.from({ length: 30 }, (_, at) => ({ at, inside: { list: [at, { more: at }] } }));
    expect(showValue(deep, false).split('\n').length).to.be.at.most(40);
    expect(showValue('text', false)).to.equal("'text'");
  });
});

describe('a step in words', () => {
  function* failing(): Coroutine<void> {
    yield* checkpoint();
    throw new RangeError('no luck');
  }
  function* main(): Coroutine<string> {
    try {
      yield* taskGroup(function* (tg) {
        tg.startSoon(failing);
        tg.startSoon(function* () {
          yield* sleep(5);
        });
      });
    } catch {
      yield* sleep(1.25);
    }
    return 'over';
  }

  it('tells who did what, with what came of it', () => {
    const stepper = createStepper(main);
    stepper.continue();
    expect(stepper.history.map((step) => describeStep(step, 0, plain))).to.deep.equal([
      '[1] 0 ms  main (#1): yields taskGroup (spawned main (#1))',
      '[2] 0 ms  main (#1) in (anonymous): returns (spawned failing (#2), task-3 (#3))',
      '[3] 0 ms  failing (#2): yields checkpoint',
      '[4] 0 ms  task-3 (#3): yields sleep(5)',
      '[5] 0 ms  failing (#2): throws RangeError: no luck (the task has ended; cancelled main (#1), task-3 (#3))',
      '[6] 0 ms  task-3 (#3) ← Cancelled: task failing (#2) of the same group failed: RangeError: no luck: lets it through (the task has ended)',
      '[7] 0 ms  main (#1) ← ExceptionGroup: 1 error in a task group of task main: yields sleep(1.25)',
      '[8] 1.3 ms  main (#1): returns "over" (the task has ended)',
    ]);
  });
});

describe('a run that is debugged', () => {
  it('gives the host turns while it moves on the virtual clock, and can be stopped then', async () => {
    using stepper = createStepper(function* forever(): Coroutine<never> {
      for (;;) yield* sleep(1);
    });
    const run = new DebuggedRun(1, {
      kind: 'virtual',
      name: UNNAMED,
      owns: () => true,
      isUndone: () => false,
      stepper,
    });
    expect(run.name).to.equal('run of forever');
    const moved = run.move(ON);
    setTimeout(() => run.stop(), 1);
    expect(await moved).to.equal(undefined);
    expect([run.isDone, (stepper.last?.index ?? 0) > 0]).to.deep.equal([false, true]);
  });
});

describe('a run that is debugged, whose steps take long', () => {
  it('stops at a breakpoint also when it is time to give the host a turn', async () => {
    using stepper = createStepper(function* slow(): Coroutine<void> {
      for (let round = 0; round < 3; round++) {
        for (const begin = performance.now(); performance.now() - begin < 25; );
        yield* sleep(round);
      }
    });
    const run = new DebuggedRun(1, {
      kind: 'virtual',
      name: UNNAMED,
      owns: () => true,
      isUndone: () => false,
      stepper,
    });
    await run.move(single((one) => one.step()));
    stepper.breakpoints.add({ effect: 'sleep(1)' });
    expect((await run.move(ON))?.effect).to.equal('sleep(1)');
  });
});

describe('lines of a file of commands', () => {
  it('are shown behind the prompt, and empty ones left out', async () => {
    let shown = '';
    const lines = new ScriptLines('step\r\n\n  next \n', (text) => {
      shown += text;
    });
    expect([await lines.next('> '), await lines.next('> '), await lines.next('> ')]).to.deep.equal([
      'step',
      '  next ',
      undefined,
    ]);
    expect(shown).to.equal('> step\n>   next \n');
  });
});
