/** The option asyncContext: which context of AsyncLocalStorage a task sees. Never that of whoever woke it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { checkpoint, run as runOnce, runSync, sleep, suspend, taskGroup, until } from 'treadle';
import { withPortal } from '../../lib/interop/portal.js';
import { onEachBackend, thrown } from '../support/contract.js';

const storage = new AsyncLocalStorage<string>();

/** Where a task finds itself at each stage of its life: at its start, and after each way of being woken. */
function lifeOf(asyncContext: 'run' | 'task' | undefined, run: typeof runOnce): Promise<string[]> {
  const labels: string[] = [];
  const note = (where: string): void => void labels.push(`${where}: ${storage.getStore()}`);
  const options = asyncContext === undefined ? {} : { asyncContext };
  return storage.run('caller of run', () =>
    run(
      () =>
        taskGroup(function* (tg) {
          note('main');
          yield* storage.run('spawner', () =>
            tg.startSoon(function* () {
              note('child');
              yield* checkpoint();
              note('after a checkpoint');
              yield* until(storage.run('a promise of somebody else', () => Promise.resolve()));
              note('after a promise');
              yield* suspend<void>((resume) => {
                setTimeout(() => storage.run('who woke it', resume), 1);
              });
              note('after a callback');
              yield* sleep(1);
              note('after a timer');
              yield* tg.startSoon(function* () {
                note('grandchild');
                yield* checkpoint();
              });
            }),
          );
          note('main again');
          return labels;
        }),
      options,
    ),
  );
}

const stages = [
  'child',
  'after a checkpoint',
  'after a promise',
  'after a callback',
  'after a timer',
  'grandchild',
];

onEachBackend('asyncContext', (run) => {
  for (const option of [undefined, 'run'] as const) {
    it(`${option ?? 'by default'}: a task sees what the caller of run saw`, async () => {
      expect(await lifeOf(option, run)).deep.equal(
        ['main', ...stages, 'main again'].map((stage) => `${stage}: caller of run`),
      );
    });
  }

  it("'task': a task sees what was seen where it was spawned", async () => {
    expect(await lifeOf('task', run)).deep.equal([
      'main: caller of run',
      ...stages.map((stage) => `${stage}: spawner`),
      'main again: caller of run',
    ]);
  });

  it("'task': tasks of a portal see what their caller saw", async () => {
    const seen = await storage.run('caller of run', () =>
      run(
        () =>
          withPortal(function* (portal) {
            function* look() {
              yield* checkpoint();
              return storage.getStore();
            }
            const promise = new Promise<string | undefined>((resolve, reject) => {
              setTimeout(() => storage.run('a request', () => portal.call(look).then(resolve, reject)), 1);
            });
            return [yield* until(promise), storage.getStore()];
          }),
        { asyncContext: 'task' },
      ),
    );
    expect(seen).deep.equal(['a request', 'caller of run']);
  });

  it("'task': an error of a task leaves nothing behind", async () => {
    const labels: unknown[] = [];
    await run(
      () =>
        taskGroup(function* (tg) {
          storage.run('child', () =>
            tg.startSoon(function* () {
              yield* checkpoint();
              throw new Error('boom');
            }),
          );
          yield* sleep(5);
        }),
      { asyncContext: 'task' },
    ).catch((error: Error) => labels.push(error.name));
    labels.push(storage.getStore());
    expect(labels).deep.equal(['ExceptionGroup', undefined]);
  });
});

describe('asyncContext', () => {
  it('holds for runSync too', () => {
    const seen = runSync(
      () =>
        taskGroup(function* (tg) {
          const handle = storage.run('spawner', () =>
            tg.startSoon(function* () {
              yield* sleep(1000);
              return storage.getStore();
            }),
          );
          return [yield* handle, storage.getStore()];
        }),
      { asyncContext: 'task' },
    );
    expect(seen).deep.equal(['spawner', undefined]);
  });

  it('refuses other values', () => {
    // @ts-expect-error there are two
    expect(thrown(() => runOnce(checkpoint, { asyncContext: 'turn' }))).instanceOf(TypeError);
  });
});
