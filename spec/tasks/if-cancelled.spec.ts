/** What a group gives when its own `cancel()` cut its body short. */
import { expect } from 'chai';
import {
  call,
  cancelScope,
  checkpoint,
  isCancelled,
  moveOnAfter,
  shield,
  sleep,
  sleepForever,
  taskGroup,
} from 'treadle';
import { onEachBackend, rejection } from '../support/contract.js';
import { errorsOf } from '../support/failure.js';

onEachBackend('ifCancelled', (run, { it }) => {
  it('is what the group gives when its own cancel() cut the body short', function* () {
    const values = yield* call(function* () {
      return [
        yield* taskGroup(
          function* (tg) {
            tg.cancel();
            yield* checkpoint();
            return 'body';
          },
          { ifCancelled: 'cancelled by the body' },
        ),
        yield* taskGroup(
          function* (tg) {
            tg.startSoon(function* () {
              tg.cancelScope.cancel();
            });
            yield* sleepForever();
          },
          { ifCancelled: null },
        ),
        yield* taskGroup(
          function* (tg) {
            setTimeout(() => tg.cancel(), 1);
            yield* sleepForever();
          },
          { ifCancelled: false },
        ),
      ];
    });
    expect(values).to.deep.equal(['cancelled by the body', null, false]);
  });

  it('is undefined when it is not given', function* () {
    const value = yield* taskGroup(function* (tg) {
      tg.cancel();
      yield* checkpoint();
      return 'body';
    });
    expect(value).to.equal(undefined);
  });

  it('is not used when the body returned, early or in spite of the cancellation', function* () {
    const values = yield* call(function* () {
      return [
        yield* taskGroup(
          function* (tg) {
            tg.startSoon(function* () {
              yield* sleep(1);
              tg.cancel();
              yield* sleepForever();
            });
            return 'returned before';
          },
          { ifCancelled: 'cancelled' },
        ),
        yield* taskGroup(
          function* (tg) {
            tg.cancel();
            return 'returned without a checkpoint';
          },
          { ifCancelled: 'cancelled' },
        ),
        yield* taskGroup(
          function* (tg) {
            tg.cancel();
            try {
              yield* checkpoint();
            } catch {}
            return 'swallowed';
          },
          { ifCancelled: 'cancelled' },
        ),
        yield* taskGroup(
          function* (tg) {
            tg.cancel();
            return yield* shield(function* () {
              yield* sleep(1);
              return 'shielded';
            });
          },
          { ifCancelled: 'cancelled' },
        ),
      ];
    });
    expect(values).to.deep.equal([
      'returned before',
      'returned without a checkpoint',
      'swallowed',
      'shielded',
    ]);
  });

  it('is not used when the outside cancelled: that goes on outwards', function* () {
    const labels: unknown[] = [];
    const value = yield* cancelScope(function* (scope) {
      try {
        return yield* taskGroup(
          function* () {
            scope.cancel();
            yield* checkpoint();
          },
          { ifCancelled: 'cancelled' },
        );
      } catch (error) {
        labels.push(`Cancelled: ${isCancelled(error)}`);
        throw error;
      }
    });
    labels.push(value);
    expect(labels).to.deep.equal(['Cancelled: true', undefined]);
  });

  it('nor when both did: the cancellation goes on outwards', function* () {
    const labels: unknown[] = [];
    const value = yield* moveOnAfter(
      1_000,
      function* (scope) {
        labels.push(
          yield* taskGroup(
            function* (tg) {
              tg.cancel();
              scope.cancel();
              yield* checkpoint();
            },
            { ifCancelled: 'inner' },
          ),
        );
        labels.push('reached the next statement');
        yield* checkpoint();
        labels.push('not reached');
      },
      { otherwise: 'outer' },
    );
    labels.push(value);
    expect(labels).to.deep.equal(['outer']);
  });

  it('is not used when an error comes out', async () => {
    const boom = new Error('boom');
    const error = await rejection(
      run(() =>
        taskGroup(
          function* (tg) {
            tg.startSoon(function* () {
              try {
                yield* sleepForever();
              } catch {
                throw boom;
              }
            });
            yield* checkpoint();
            tg.cancel();
            yield* checkpoint();
          },
          { ifCancelled: 'cancelled' },
        ),
      ),
    );
    expect(errorsOf(error)).to.deep.equal([boom]);
  });
});
