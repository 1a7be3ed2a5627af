/** Where a stepper stops: breakpoints of all kinds, stepping over and out. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type Coroutine, call, checkpoint, Lock, sleep, type TaskHandle, taskGroup } from 'treadle';
import { type Breakpoint, createStepper, type Step, type Stepper } from 'treadle/debug';

function* leaf(): Coroutine<void> {
  yield* checkpoint();
  yield* sleep(1);
}

function* branch(): Coroutine<void> {
  yield* leaf();
  yield* call(leaf);
}

function* fails(): Coroutine<void> {
  yield* sleep(2);
  throw new Error('no luck');
}

let victim: TaskHandle<void> | undefined;

function* program(): Coroutine<void> {
  const lock = new Lock();
  yield* taskGroup(function* body(tg) {
    victim = tg.createTask(branch(), { name: 'victim' });
    tg.createTask(branch(), { name: 'job:7' });
    using _ = yield* lock.acquire();
    yield* checkpoint();
    victim.cancel();
    try {
      yield* taskGroup(function* nested(inner) {
        inner.startSoon(fails);
      });
    } catch {
      yield* sleep(3);
    }
  });
}

function lineOf(text: string): number {
  return SOURCE.findIndex((line) => line.includes(text)) + 1;
}

const SOURCE = readFileSync(import.meta.filename, 'utf8').split('\n');

function stops(breakpoint: Breakpoint, limit = 10): string[] {
  const stepper = createStepper(program);
  const found: string[] = [];
  for (
    let step = stepper.runUntil(breakpoint);
    step && found.length < limit;
    step = stepper.runUntil(breakpoint)
  ) {
    found.push(tell(step));
  }
  return found;
}

function tell({ index, task, kind, effect, function: name }: Step): string {
  return `${index} ${task.name} ${kind}${effect === undefined ? '' : ` ${effect}`} @${name}`;
}

describe('a breakpoint', () => {
  it('is the name of a task or of a function', () => {
    expect(stops('job:7')).to.deep.equal([
      '4 job:7 yielded checkpoint @leaf',
      '7 job:7 yielded sleep(1) @leaf',
      '12 job:7 yielded call leaf @branch',
      '13 job:7 yielded checkpoint @leaf',
      '14 job:7 yielded sleep(1) @leaf',
      '16 job:7 returned @leaf',
      '17 job:7 returned @branch',
    ]);
    expect(stops('fails')).to.deep.equal(['11 fails yielded sleep(2) @fails', '15 fails threw @fails']);
  });

  it('is a set of conditions, all of which must hold', () => {
    expect(stops({ task: /^job/, effect: 'sleep' })).to.have.length(2);
    expect(stops({ effect: 'lock.acquire' })).to.deep.equal(['2 program yielded lock.acquire @body']);
    expect(stops({ effect: 'sleep(2)' })).to.have.length(1);
    expect(stops({ task: 3, function: 'leaf', effect: /^checkpoint$/ })).to.have.length(2);
    expect(stops({ task: 'job:7', function: 'fails' })).to.deep.equal([]);
    expect(stops({ file: 'stepper/breakpoints.spec.ts', function: 'fails' })).to.have.length(1);
    expect(stops({ file: 'points.spec.ts', function: 'fails' })).to.deep.equal([]);
  });

  it('is an event: somebody was spawned, cancelled, has failed or ended', () => {
    expect(stops({ on: 'spawn' })).to.have.length(3);
    expect(stops({ on: 'spawn', task: 'fails' })).to.have.length(1);
    expect(stops({ on: 'cancel', task: 'victim' })).to.have.length(1);
    expect(stops({ on: 'error' })).to.deep.equal(['15 fails threw @fails']); // not those that were cancelled
    expect(stops({ on: 'exit' })).to.have.length(4);
  });

  it('may ask a function, when all its other conditions hold', () => {
    const asked: number[] = [];
    const when = ({ task, index }: Step): boolean => {
      asked.push(index);
      return task.name === 'job:7';
    };
    expect(stops({ on: 'enter', function: 'leaf', when })).to.deep.equal([
      '4 job:7 yielded checkpoint @leaf',
      '13 job:7 yielded checkpoint @leaf',
    ]);
    expect(asked).to.deep.equal([3, 4, 13]);
  });

  it('is the moment at which a function is entered, however that comes about', () => {
    expect(stops({ on: 'enter', function: 'leaf' })).to.deep.equal([
      '3 victim yielded checkpoint @leaf',
      '4 job:7 yielded checkpoint @leaf',
      '13 job:7 yielded checkpoint @leaf',
    ]);
    expect(stops({ on: 'enter', function: 'nested' })).to.deep.equal(['9 program returned @nested']);
    expect(stops({ on: 'enter', task: 'fails' })).to.deep.equal(['11 fails yielded sleep(2) @fails']);
  });

  it('is a handle, or a function that is asked after each step', () => {
    const stepper = createStepper(program);
    stepper.runUntil({ on: 'spawn' });
    stepper.step();
    expect(stepper.runUntil(victim!)?.task.name).to.equal('victim');
    expect(stepper.runUntil(({ time }) => time >= 2)?.time).to.equal(2);
  });

  it('is a source line: where a coroutine yields', () => {
    const line = lineOf('yield* checkpoint();');
    const hits = stops(`breakpoints.spec.ts:${line}`);
    expect(hits).to.have.length(3);
    expect(hits[0]).to.equal('3 victim yielded checkpoint @leaf');
    expect(stops({ file: 'stepper/breakpoints.spec.ts', line, task: 'job:7' })).to.have.length(2);
    expect(stops(`another.spec.ts:${line}`)).to.deep.equal([]);
    expect(stops(`points.spec.ts:${line}`)).to.deep.equal([]);
  });

  it('is a source line: where a coroutine begins to delegate to another one, once', () => {
    const line = lineOf('yield* leaf();');
    expect(stops(`breakpoints.spec.ts:${line}`)).to.deep.equal([
      '3 victim yielded checkpoint @leaf',
      '4 job:7 yielded checkpoint @leaf',
    ]);
  });

  it('is a source line: where a function is declared, when it begins', () => {
    const line = lineOf('function* fails()');
    expect(stops(`breakpoints.spec.ts:${line}`)).to.deep.equal(['11 fails yielded sleep(2) @fails']);
    const atOnce = lineOf('function* nested(inner)');
    expect(stops({ file: 'breakpoints.spec.ts', line: atOnce, function: 'nested' })).to.have.length(1);
  });

  it('on a line at which nothing can stop stands for the next one that can, and says so', () => {
    const stepper = createStepper(program);
    const [throws, sleeps] = [lineOf("throw new Error('no luck')"), lineOf('yield* sleep(2)')];
    const breakpoint = `breakpoints.spec.ts:${throws}`;
    stepper.breakpoints.add(breakpoint).add('victim');
    expect(stepper.breakpoints.lineOf('victim')).to.equal(undefined);
    expect(stepper.breakpoints.lineOf(breakpoint)).to.equal(lineOf('function* program()'));
    expect(stepper.runUntil('nobody')?.function).to.equal('program');
    stepper.breakpoints.delete(breakpoint);
    const commented = { file: import.meta.filename, line: sleeps - 1 };
    expect(stepper.runUntil(commented)?.task.name).to.equal('victim');
    stepper.breakpoints.clear();
    expect(stepper.runUntil(commented)?.function).to.equal('fails');
    expect(stepper.breakpoints.lineOf(commented)).to.equal(undefined);
  });

  it('on a line behind the last one that can is refused, if the file is loaded', () => {
    const stepper = createStepper(program);
    expect(() =>
      stepper.breakpoints.add(`spec/debug/stepper/breakpoints.spec.ts:${SOURCE.length + 5}`),
    ).to.throw(
      RangeError,
      /breakpoints\.spec\.ts has only \d+ lines; a stepper stops where a coroutine yields/,
    );
    expect(() => stepper.runUntil('not-loaded-yet.ts:5')).to.not.throw();
  });

  it('that is rubbish is refused at once, with a sentence', () => {
    const stepper = createStepper(program);
    const refused = (breakpoint: unknown, message: string | RegExp) => {
      expect(() => stepper.runUntil(breakpoint as Breakpoint)).to.throw(TypeError, message);
      expect(() => stepper.breakpoints.add(breakpoint as Breakpoint)).to.throw(TypeError, message);
    };
    refused(
      undefined,
      "a breakpoint is a string ('app.ts:12' for a source line, else the name of a task or function)",
    );
    for (const text of ['app.ts:-1', 'app.ts:', 'src/app.mjs:x', ':', ':12']) {
      expect(() => stepper.breakpoints.add(text)).to.throw(RangeError, `${text} is no source line`);
    }
    refused(7, 'not 7');
    refused([], /a breakpoint is a string/);
    refused('', 'an empty string is no breakpoint');
    refused({}, 'a breakpoint without any condition would hold after each step');
    refused(
      { taks: 'a' },
      'a breakpoint has no condition "taks"; there are task, function, effect, file, line, on, when',
    );
    refused({ on: 'exit', when: true }, 'the condition when is a function');
    refused({ when: () => true }, 'a breakpoint without any condition');
    refused({ on: 'yield' }, 'on is one of cancel, spawn, error, exit, enter, not');
    refused({ line: 4 }, 'names its file, too');
    refused({ file: 'a.ts', line: 0 }, 'is a whole number from 1');
    refused({ task: {} }, 'the condition task is a string or a RegExp');
    refused({ id: 'a' }, 'the id of a task is a number');
    expect([stepper.history.length, stepper.breakpoints.size]).to.deep.equal([0, 0]);
  });

  it('whose function throws ends the motion, and the stepper stands', () => {
    const stepper = createStepper(program);
    const bad = ({ index }: Step): boolean => {
      if (index === 3) throw new Error('bad breakpoint');
      return false;
    };
    expect(() => stepper.runUntil(bad)).to.throw('bad breakpoint');
    expect(stepper.last?.index).to.equal(3);
    expect(stepper.step()?.index).to.equal(4);
  });

  it('that is set stops continue and every longer motion', () => {
    const stepper = createStepper(program);
    stepper.breakpoints.add('fails');
    expect(stepper.continue()?.index).to.equal(11);
    expect(stepper.runUntil('job:7')?.index).to.equal(12);
    expect(stepper.runUntil('nobody')?.index).to.equal(15);
    stepper.back();
    stepper.breakpoints.delete('fails');
    expect(stepper.runUntil('nobody')).to.equal(undefined);
    stepper.goTo(15);
    stepper.breakpoints.add({ on: 'exit' });
    stepper.breakpoints.clear();
    expect(stepper.continue()).to.equal(undefined);
  });
});

describe('stepping', () => {
  const at = (step: Step | undefined) =>
    step === undefined ? 'the end' : tell(step).replace(/^\d+ main /, '');

  function walker(): Stepper<void> {
    return createStepper(function* main() {
      yield* call(branch);
      yield* leaf();
      yield* taskGroup(function* body(tg) {
        tg.startSoon(leaf);
      });
      yield* sleep(5);
    });
  }

  it('over goes over calls, delegated coroutines that have begun, and groups', () => {
    const stepper = walker();
    const seen = [at(stepper.step())];
    for (let n = 0; n < 4; n++) seen.push(at(stepper.stepOver()));
    expect(seen).to.deep.equal([
      'yielded call branch @main',
      'yielded taskGroup @main',
      'yielded sleep(5) @main',
      'returned @main',
      'the end',
    ]);
  });

  it('over stays in a function until it is through, and then goes on in its caller', () => {
    const stepper = walker();
    stepper.runUntil({ function: 'branch' });
    expect(at(stepper.last)).to.equal('yielded call leaf @branch');
    expect(at(stepper.stepOver())).to.equal('yielded checkpoint @leaf'); // main has delegated to the next one
    expect(at(stepper.stepOver())).to.equal('yielded sleep(1) @leaf');
    expect(at(stepper.stepOver())).to.equal('yielded taskGroup @main');
  });

  it('out goes on until the function has ended, called or delegated to', () => {
    const stepper = walker();
    stepper.step();
    expect(at(stepper.step())).to.equal('yielded checkpoint @leaf');
    expect(at(stepper.stepOut())).to.equal('yielded call leaf @branch'); // the delegated one has ended within the step
    stepper.step();
    expect(at(stepper.stepOut())).to.equal('returned @leaf');
    expect(at(stepper.stepOut())).to.equal('returned @branch');
    expect(at(stepper.stepOut())).to.equal('returned @main');
  });

  it('over and out begin as a step does, and stop when the task ends', () => {
    const stepper = walker();
    expect(at(stepper.stepOver())).to.equal('yielded call branch @main');
    stepper.runUntil({ task: 'leaf' });
    expect(at(stepper.stepOut())).to.match(/leaf returned @leaf/);
    expect(at(stepper.stepOut())).to.equal('yielded sleep(5) @main');
  });
});
