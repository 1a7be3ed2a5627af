/** `collapse: true`: one error comes out as itself. */
import { expect } from 'chai';
import {
  checkpoint,
  ExceptionGroup,
  isCancelled,
  moveOnAfter,
  sleep,
  sleepForever,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { errorsOf, failure } from '../support/failure.js';

class MyError extends Error {
  override name = 'MyError';
}

onEachBackend('collapse', (run, { it }) => {
  it('lets a plain catch see the one error of a child, or of the body', function* () {
    const labels: string[] = [];
    for (const thrower of ['child', 'body']) {
      try {
        yield* taskGroup(
          function* (tg) {
            tg.startSoon(sleepForever);
            tg.startSoon(function* () {
              if (thrower === 'child') throw new MyError('of the child');
            });
            yield* checkpoint();
            if (thrower === 'body') throw new MyError('of the body');
          },
          { collapse: true },
        );
      } catch (error) {
        if (error instanceof MyError) labels.push(error.message);
        else throw error;
      }
    }
    expect(labels).to.deep.equal(['of the child', 'of the body']);
  });

  it('keeps the group reachable as `group`, which does not show', async () => {
    const boom = new MyError('boom');
    const error = await rejection(
      run(() =>
        taskGroup(
          function* (tg) {
            tg.startSoon(function* () {
              throw boom;
            });
          },
          { collapse: true },
        ),
      ),
    );
    expect(error).to.equal(boom);
    const property = Object.getOwnPropertyDescriptor(boom, 'group');
    expect(property?.enumerable).to.equal(false);
    expect(errorsOf(property?.value)).to.deep.equal([boom]);
  });

  it('throws the group when there are several errors', async () => {
    const errors = [new MyError('one'), new MyError('two')];
    const error = await rejection(
      run(() =>
        taskGroup(
          function* (tg) {
            for (const each of errors) {
              tg.startSoon(function* () {
                throw each;
              });
            }
          },
          { collapse: true },
        ),
      ),
    );
    expect(errorsOf(error)).to.deep.equal(errors);
  });

  it('throws what is thrown though no property can be put on it', async () => {
    const frozen = Object.freeze(new MyError('frozen'));
    const caught: unknown[] = [];
    for (const thing of ['text', undefined, frozen]) {
      caught.push(
        await rejection(
          run(() =>
            taskGroup(
              function* (tg) {
                tg.startSoon(function* () {
                  throw thing;
                });
              },
              { collapse: true },
            ),
          ),
        ),
      );
    }
    expect(caught).to.deep.equal(['text', undefined, frozen]);
    expect(caught[2]).to.equal(frozen);
  });

  it('collapses from group to group', async () => {
    const boom = new MyError('boom');
    const error = await rejection(
      run(() =>
        taskGroup(
          function* (outer) {
            outer.startSoon(function* () {
              yield* taskGroup(
                function* (inner) {
                  inner.startSoon(function* () {
                    throw boom;
                  });
                },
                { collapse: true },
              );
            });
            yield* sleepForever();
          },
          { collapse: true },
        ),
      ),
    );
    expect(error).to.equal(boom);
  });

  it('throws the group of a plain one inside it, which is the one error here', async () => {
    const boom = new MyError('boom');
    const error = await rejection(
      run(() =>
        taskGroup(
          function* () {
            yield* taskGroup(function* () {
              throw boom;
            });
          },
          { collapse: true },
        ),
      ),
    );
    expect(error).to.be.instanceOf(ExceptionGroup);
    expect(errorsOf(error)).to.deep.equal([boom]);
  });

  it('does not change what cancellation does', function* () {
    const labels: string[] = [];
    const outcome = yield* moveOnAfter(
      2,
      () =>
        taskGroup(
          function* (tg) {
            tg.startSoon(sleepForever);
            labels.push(`${isCancelled(yield* failure(() => sleep(1_000)))}`);
            yield* checkpoint();
          },
          { collapse: true },
        ),
      { otherwise: 'cut' },
    );
    expect([outcome, labels]).to.deep.equal(['cut', ['true']]);
  });
});
