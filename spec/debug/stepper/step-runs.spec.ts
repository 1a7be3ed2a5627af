/** Steppers for runs that a program starts itself. */
import { expect } from 'chai';
import { type Coroutine, checkpoint, run, runSync, sleep, until } from 'treadle';
import { type SteppedProgram, stepRuns } from 'treadle/debug';
import { rejection } from '../../support/contract.js';

function* program(): Coroutine<number> {
  yield* sleep(1);
  yield* checkpoint();
  return 7;
}

/** Starts runs while every run is put under a stepper, and gives the steppers. */
async function under(start: () => void): Promise<SteppedProgram[]> {
  const programs: SteppedProgram[] = [];
  using _ = stepRuns((stepped) => void programs.push(stepped));
  start();
  await Promise.resolve();
  return programs;
}

describe('stepRuns', () => {
  it('puts a run under an asynchronous stepper; its promise settles when it ends', async () => {
    let promise: Promise<number> | undefined;
    const [stepped] = await under(() => {
      promise = run(program, { name: 'jobs', backend: 'node' });
    });
    expect([stepped?.kind, stepped?.name]).to.deep.equal(['host', 'run "jobs"']);
    const first = await stepped?.stepper.step();
    expect([first?.effect, first?.index]).to.deep.equal(['sleep(1)', 1]);
    await stepped?.stepper.continue();
    expect([await promise, stepped?.stepper.result]).to.deep.equal([7, 7]);
  });

  it('puts a run on the virtual clock under one that goes back', async () => {
    let promise: Promise<number> | undefined;
    const [stepped] = await under(() => {
      promise = run(program, { backend: 'virtual' });
    });
    if (stepped?.kind !== 'virtual') throw new Error(`it is ${stepped?.kind}`);
    const { stepper } = stepped;
    stepper.goTo(2);
    stepper.back();
    expect([stepped.name, stepper.last?.effect, stepper.time]).to.deep.equal(['the run', 'sleep(1)', 0]);
    stepper.continue();
    expect(await promise).to.equal(7);
    stepper.back(3);
    stepper.continue();
    expect(stepper.result).to.equal(7);
  });

  it('puts all runs on another backend than they name, if told to', async () => {
    for (const [backend, kind] of [
      ['virtual', 'virtual'],
      ['node', 'host'],
    ] as const) {
      const programs: SteppedProgram[] = [];
      using _ = stepRuns((stepped) => void programs.push(stepped), { backend });
      const promises = [run(program, { backend: 'node' }), run(program, { backend: 'virtual' })];
      await Promise.resolve();
      expect(programs.map((stepped) => stepped.kind)).to.deep.equal([kind, kind]);
      const begin = programs.map(({ stepper }) => stepper.time);
      expect(begin.map((time) => time === 0)).to.deep.equal(begin.map(() => backend === 'virtual'));
      for (const { stepper } of programs) await stepper.continue();
      expect(await Promise.all(promises)).to.deep.equal([7, 7]);
    }
    expect(() => stepRuns(() => {}, { backend: 'moon' as 'node' })).to.throw(
      RangeError,
      'there is no backend "moon"',
    );
  });

  it('lets the program cancel its run, and gives it the errors of main', async () => {
    for (const backend of ['virtual', 'node'] as const) {
      const runs: ReturnType<typeof run>[] = [];
      const steppers = await under(() => {
        runs.push(
          run(program, { backend }),
          run(
            function* (): Coroutine<void> {
              throw new Error('no luck');
            },
            { backend },
          ),
        );
      });
      runs[0]?.cancel('enough');
      for (const { stepper } of steppers) await stepper.continue();
      expect(String(await rejection(runs[0]!))).to.match(/was cancelled from outside of any task: enough/);
      expect(String(await rejection(runs[1]!))).to.equal('Error: no luck');
    }
  });

  it('lets a run on the virtual clock wait for the host between two motions', async () => {
    let promise: Promise<number> | undefined;
    const [stepped] = await under(() => {
      promise = run(() => until(Promise.resolve(5)), { backend: 'virtual' });
    });
    expect(await stepped?.stepper.step()).to.include({ effect: 'until(promise)' });
    await stepped?.stepper.continue();
    expect(await promise).to.equal(5);
  });

  it('leaves runSync alone, and runs begun afterwards', async () => {
    let value: number | undefined;
    const steppers = await under(() => {
      value = runSync(program);
    });
    expect([value, steppers]).to.deep.equal([7, []]);
    expect(await run(program)).to.equal(7);
  });

  it('rejects as run does when main gives no coroutine', async () => {
    let promise: Promise<unknown> | undefined;
    await under(() => {
      promise = run((() => 5) as never, { backend: 'virtual' });
    });
    expect(String(await rejection(promise!))).to.match(/TypeError: run\(main\) was given 5/);
  });

  it('refuses to be in the way twice', () => {
    using _ = stepRuns(() => {});
    expect(() => stepRuns(() => {})).to.throw('the runs of this process are observed already');
    expect(() => stepRuns(7 as never)).to.throw(TypeError, 'stepRuns(onRun) takes a function');
  });
});
