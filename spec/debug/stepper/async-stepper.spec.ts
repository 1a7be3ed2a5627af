/** The stepper on real backends: the host goes on, the program goes only when it is told to. */
import { expect } from 'chai';
import {
  type Coroutine,
  call,
  checkpoint,
  isCancelled,
  shield,
  sleep,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { type AsyncStepper, createStepper, type Step } from 'treadle/debug';
import { runProgram } from '../../support/child.js';
import { rejection, thrown } from '../../support/contract.js';
import { eventLog } from '../../support/event-log.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function* worker(): Coroutine<void> {
  yield* checkpoint();
  yield* call(nap);
}

function* nap(): Coroutine<void> {
  yield* sleep(2);
}

async function lines(stepper: AsyncStepper<unknown>): Promise<string[]> {
  const told: string[] = [];
  for (let step = await stepper.step(); step !== undefined; step = await stepper.step()) {
    told.push(`${step.task.name} ${step.effect ?? step.kind} @${step.function}/${step.depth}`);
  }
  return told;
}

for (const backend of ['node', 'web'] as const) {
  describe(`a stepper on ${backend}`, () => {
    it('steps as the virtual one does, waiting for what takes time', async () => {
      const main = function* main(): Coroutine<number> {
        yield* taskGroup(function* body(tg) {
          tg.startSoon(worker);
        });
        return yield* until(pause(1).then(() => 7));
      };
      const stepper = createStepper(main, { backend });
      expect(await lines(stepper)).to.deep.equal([
        'main taskGroup @main/0',
        'main returned @body/1',
        'worker checkpoint @worker/0',
        'worker call nap @worker/0',
        'worker sleep(2) @nap/1',
        'worker returned @nap/1',
        'worker returned @worker/0',
        'main until(promise) @main/0',
        'main returned @main/0',
      ]);
      expect([stepper.result, stepper.isDone, await stepper.step()]).to.deep.equal([7, true, undefined]);
    });

    it('tells instruments what a run tells them', async () => {
      const log = eventLog();
      const stepper = createStepper(worker, { backend, instruments: [log] });
      await lines(stepper);
      expect(log.lines).to.deep.equal([
        ...[
          'spawn worker',
          'schedule worker',
          'stepStart worker',
          'suspend worker Effect',
          'schedule worker',
        ],
        ...[
          'stepEnd worker',
          'stepStart worker',
          'suspend worker Effect',
          'stepEnd worker',
          'schedule worker',
        ],
        ...['stepStart worker', 'exit worker', 'stepEnd worker'],
      ]);
    });

    it('resumes nobody while it stands, whatever happens outside', async () => {
      const log: string[] = [];
      let answer = (_: string): void => {};
      const stepper = createStepper(
        function* main() {
          yield* taskGroup(function* body(tg) {
            tg.startSoon(function* listener() {
              log.push(
                yield* suspend<string>((resume) => {
                  answer = resume;
                }),
              );
            });
            tg.startSoon(function* sleeper() {
              yield* sleep(1);
              log.push('slept');
            });
          });
        },
        { backend },
      );
      await stepper.runUntil({ task: 'sleeper' });
      answer('answered');
      await pause(5);
      expect(log).to.deep.equal([]);
      expect(stepper.ready.map(({ name }) => name)).to.deep.equal(['listener']); // the timer was not looked at
      await stepper.step();
      expect(log).to.deep.equal(['answered']);
      expect(stepper.ready.map(({ name }) => name)).to.deep.equal(['sleeper']);
      await stepper.continue();
      expect([log, stepper.isDone]).to.deep.equal([['answered', 'slept'], true]);
    });
  });
}

describe('an asynchronous stepper', () => {
  it('looks at no timer while a task is in the middle of its turn', async () => {
    const stepper = createStepper(
      function* main() {
        yield* taskGroup(function* body(tg) {
          tg.createTask(sleep(20), { name: 'sleeper' });
          tg.createTask(call(worker), { name: 'caller' });
        });
      },
      { backend: 'node' },
    );
    await stepper.runUntil({ effect: 'call' });
    await pause(25);
    await stepper.step();
    expect(stepper.ready.map(({ name }) => name)).to.deep.equal(['caller']);
    expect((await stepper.step())?.task.name).to.equal('caller');
    expect(stepper.ready.map(({ name }) => name)).to.deep.equal(['caller', 'sleeper']);
  });

  it('stops at breakpoints, chooses tasks, steps over and out', async () => {
    const stepper = createStepper(
      function* main() {
        yield* taskGroup(function* body(tg) {
          tg.createTask(worker(), { name: 'a' });
          tg.createTask(worker(), { name: 'b' });
        });
      },
      { backend: 'node' },
    );
    const told = (step: Step | undefined) => `${step?.task.name} ${step?.effect ?? step?.kind}`;
    await stepper.step();
    await stepper.step();
    expect(told(await stepper.stepTask(stepper.ready[1]!))).to.equal('b checkpoint');
    expect(() => stepper.stepTask({ id: 77, name: 'x', parentId: undefined })).to.throw(
      'there is no such task yet',
    );
    stepper.breakpoints.add({ effect: 'call', task: 'a' });
    expect(told(await stepper.continue())).to.equal('a call nap');
    expect(told(await stepper.stepOver())).to.equal('a returned');
    expect(await stepper.stepOut()).to.not.equal(undefined);
    expect(() => stepper.runUntil({} as never)).to.throw(TypeError);
    await stepper.continue();
    expect(stepper.isDone).to.equal(true);
  });

  it('makes one motion at a time, and ends it when it is asked to pause', async () => {
    const stepper = createStepper(() => sleep(100_000), { backend: 'node' });
    await stepper.step();
    const motion = stepper.continue();
    expect(String(await rejection(stepper.step()))).to.match(
      /the stepper is still in motion: await the motion/,
    );
    stepper.pause();
    stepper.pause();
    expect([await motion, stepper.isDone, stepper.history.length]).to.deep.equal([undefined, false, 1]);
    await stepper[Symbol.asyncDispose]();
    expect(await stepper.step()).to.equal(undefined); // as after any other end
  });

  it('serves the host while it is in motion, however busy the program', async () => {
    let isOver = false;
    const stepper = createStepper(
      function* main() {
        while (!isOver) yield* checkpoint();
      },
      { backend: 'node' },
    );
    setTimeout(() => {
      isOver = true;
    }, 3);
    await stepper.continue();
    expect(stepper.isDone).to.equal(true);
  });

  it('throws what the function of a breakpoint throws', async () => {
    await using stepper = createStepper(worker, { backend: 'node' });
    const failure = new Error('bad breakpoint');
    const motion = stepper.runUntil(() => {
      throw failure;
    });
    expect(await rejection(motion)).to.equal(failure);
    expect((await stepper.step())?.index).to.equal(2);
  });

  it('disposed of, cancels main and lets clean-up take its time', async () => {
    const log: string[] = [];
    {
      await using stepper = createStepper(
        function* main() {
          try {
            yield* sleep(100_000);
          } catch (error) {
            log.push(isCancelled(error) ? error.message : 'not cancelled');
            yield* shield(() => sleep(2));
            log.push('cleaned');
            throw error;
          }
        },
        { backend: 'node' },
      );
      await stepper.step();
    }
    expect(log).to.deep.equal(['the run was cancelled: its stepper was disposed of', 'cleaned']);
  });

  it('with a signal: aborted beforehand it does not start, later it ends with its reason', async () => {
    const early = createStepper(worker, { backend: 'node', signal: AbortSignal.abort('too early') });
    expect([early.isDone, await early.step()]).to.deep.equal([true, undefined]);
    expect(thrown(() => early.result)).to.equal('too early');
    const controller = new AbortController();
    const stepper = createStepper(worker, { backend: 'node', signal: controller.signal });
    await stepper.step();
    controller.abort('enough');
    await stepper.continue();
    expect(thrown(() => stepper.result)).to.equal('enough');
  });

  it('keeps the process while a motion is pending, and lets it go while it stands', async () => {
    const { stdout, code } = await runProgram(`
      import { createStepper } from 'treadle/debug';
      import { sleep, suspend } from 'treadle';
      const stepper = createStepper(function* () {
        yield* sleep(20);
        yield* sleep(100_000);
      }, { backend: 'node' });
      await stepper.step();
      await stepper.step();
      console.log('stands');
      const waiting = createStepper(() => suspend(() => {}), { backend: 'node' });
      await waiting.step();
      setTimeout(() => {
        console.log('still there');
        waiting.pause();
      }, 20).unref();
      console.log(await waiting.step());
    `);
    expect([stdout, code]).to.deep.equal(['stands\nstill there\nundefined\n', 0]);
  });
});
