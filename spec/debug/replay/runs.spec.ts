import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Coroutine, checkpoint, run, sleep, suspend, until, withPortal } from 'treadle';
import {
  ForeignWaitError,
  readRecording,
  record,
  replayRuns,
  type SteppedProgram,
  type Stepper,
} from 'treadle/debug';
import { failing, recorded } from '../../support/recorded.js';

describe('a replay of all runs', () => {
  it('goes by itself, as it went', async () => {
    const main = function* main(): Coroutine<unknown> {
      const controller = new AbortController();
      return [
        yield* until(delay(600, 'late')),
        yield* until((signal) => fetch('data:text/plain,x', { signal })),
        controller,
      ];
    };
    const [text] = await recorded(main, { name: 'one' });
    using replayer = replayRuns(text);
    const began = performance.now();
    const [late] = (await run(main, { name: 'one' })) as unknown[];
    expect(late).to.equal('late');
    expect(performance.now() - began).to.be.below(500);
    expect(replayer.missing).to.deep.equal([]);
  });

  it('waits for promise code that calls a portal', async () => {
    const main = function* (): Coroutine<string> {
      return yield* withPortal(function* (portal) {
        const log: string[] = [];
        const work = async (): Promise<void> => {
          await Promise.resolve();
          await portal.call(function* () {
            yield* until(delay(1));
            log.push('called');
          });
          await portal.call(() => sleep(1));
          log.push('and again');
        };
        yield* portal.until(work());
        return log.join(' ');
      });
    };
    const [text, ended] = await recorded(main);
    expect(ended).to.equal('called and again');
    using _ = replayRuns(text);
    expect(await run(main)).to.equal(ended);
  });

  it('puts them under steppers that can go back, if told to', async () => {
    const main = function* (): Coroutine<number> {
      return yield* until(delay(1, Math.random()));
    };
    const [text, ended] = await recorded(main);
    const programs: SteppedProgram[] = [];
    using _ = replayRuns(text, { onRun: (program) => programs.push(program) });
    const running = run(main);
    await Promise.resolve();
    const [program] = programs;
    expect([program?.kind, program?.name]).to.deep.equal(['virtual', 'the run']);
    const stepper = program?.stepper as Stepper<unknown>;
    stepper.continue();
    stepper.back();
    stepper.continue();
    expect(await running).to.equal(ended);
  });

  it('knows the runs by what they run, and misses none that code behind an await has begun', async () => {
    const main = function* (): Coroutine<string> {
      const inner = readFile(fileURLToPath(import.meta.url)).then(() =>
        run(
          function* () {
            yield* sleep(1);
            return 'inner';
          },
          { name: 'one' },
        ),
      );
      return yield* until(inner);
    };
    const both = async (): Promise<string[]> => [
      await run(main, { name: 'one' }),
      await run(
        function* () {
          yield* sleep(2);
          return 'after';
        },
        { name: 'one' },
      ),
    ];
    using recorder = record();
    const ended = await both();
    recorder[Symbol.dispose]();
    expect(readRecording(recorder.text).runs.map(({ isBehind }) => isBehind)).to.deep.equal([
      false,
      true,
      false,
    ]);
    using replayer = replayRuns(recorder.text);
    expect(await both()).to.deep.equal(ended);
    expect(replayer.missing).to.deep.equal([]);
  });

  it('takes runs of the same function in their order', async () => {
    const main = function* (): Coroutine<number> {
      yield* checkpoint();
      return Math.random();
    };
    const thrice = async () => [await run(main), await run(main), await run(main)];
    using recorder = record();
    const ended = await thrice();
    recorder[Symbol.dispose]();
    using _ = replayRuns(recorder.text);
    expect(await thrice()).to.deep.equal(ended);
  });

  describe('of runs that see what others change', () => {
    function* worker(shared: string[], name: string, ms: number): Coroutine<string> {
      for (let turn = 0; turn < 4; turn++) {
        yield* sleep(ms);
        yield* until(delay(ms));
        shared.push(name + turn);
      }
      return name;
    }

    const main = function* main(): Coroutine<unknown> {
      const shared: string[] = [];
      const workers = [
        run(() => worker(shared, 'a', 3), { name: 'a' }),
        run(() => worker(shared, 'b', 5), { name: 'b' }),
      ];
      let polls = 0;
      for (; shared.length < 5; polls++) yield* sleep(4);
      const early = shared.join();
      const names = yield* until(Promise.all(workers));
      return { polls, early, names, late: shared.join() };
    };

    it('lets each take its steps when they came', async () => {
      const [text, ended] = await recorded(main, { name: 'main' });
      using _ = replayRuns(text);
      expect(await run(main, { name: 'main' })).to.deep.equal(ended);
    });

    it('lets a stepper wait for the run that comes before its next step, and says which', async () => {
      const [text, ended] = await recorded(main, { name: 'main' });
      const steppers = new Map<string, Stepper<unknown>>();
      using _ = replayRuns(text, {
        onRun: ({ name, stepper }) => steppers.set(name, stepper as Stepper<unknown>),
      });
      const running = run(main, { name: 'main' });
      await Promise.resolve();
      const outer = steppers.get('run "main"') as Stepper<unknown>;
      const told = new Set<string>();
      while (!outer.isDone) {
        for (const stepper of steppers.values()) {
          try {
            stepper.continue();
          } catch (error) {
            if (!(error instanceof ForeignWaitError)) throw error;
            told.add(error.message.split(',')[0] as string);
          }
        }
        await Promise.resolve();
      }
      expect([...told]).to.include.members(['run "a" goes on first', 'run "main" goes on first']);
      expect(await running).to.deep.equal(ended);
    });

    it('has what the step of one does to another behind that step', async () => {
      let wake: (value: string) => void = () => {};
      const woken = function* (): Coroutine<string> {
        return yield* suspend<string>((resume) => {
          wake = resume;
        });
      };
      const waking = function* (): Coroutine<void> {
        yield* checkpoint();
        wake('woken');
        yield* sleep(1);
      };
      using recorder = record();
      await Promise.all([run(woken), run(waking)]);
      const lines = recorder.text.split('\n');
      const at = lines.findIndex((line) => line.startsWith('["end",1,'));
      expect(lines[at - 1]).to.match(/^\["step",2,.*"sleep\(1\)"/);
    });
  });

  it('misses a run that did not begin', async () => {
    using recorder = record();
    await run(checkpoint as never, { name: 'first' });
    await run(checkpoint as never, { name: 'second' });
    recorder[Symbol.dispose]();
    using replayer = replayRuns(recorder.text);
    await run(checkpoint as never, { name: 'second' });
    expect(replayer.missing.map(({ name }) => name)).to.deep.equal(['run "first"']);
  });

  it('refuses a run that is not in the recording', async () => {
    const [text] = await recorded(checkpoint as never);
    const told: string[] = [];
    using _ = replayRuns(text, { onDivergence: ({ message }) => told.push(message) });
    await run(checkpoint as never);
    expect((await failing(() => run(checkpoint as never))).message).to.equal(
      'the run begins, and the recording has no more runs: it holds 1',
    );
    expect(told).to.have.length(1);
  });
});
