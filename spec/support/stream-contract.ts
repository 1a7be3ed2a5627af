/**
 * What every receive stream promises, whatever is behind it: written once, run over each implementer.
 *
 * A subject is made inside a running task. `feed` and `finish` are plain calls, as a host's callbacks would make them;
 * `settle` gives the host, or the tasks in between, the time to pass things on.
 */
import { expect } from 'chai';
import {
  BusyResourceError,
  type Coroutine,
  cancelScope,
  EndOfStream,
  moveOnAfter,
  type Operation,
  sleep,
  taskGroup,
} from 'treadle';
import type { Closable, ReceiveStream } from '../../lib/streams/receive-stream.js';
import { onEachBackend } from './contract.js';

export interface StreamSubject {
  readonly stream: ReceiveStream<unknown> & Partial<Closable>;
  /** Makes an item come. Items are one character long, so that no stream cuts or joins them in its own way. */
  feed(item: string): void;
  /** No more items will come. */
  finish(): void;
  /** The item, as `feed` was given it. */
  textOf(item: unknown): string;
}

export interface StreamTraits {
  /** One task at a time may receive: a second one gets BusyResourceError. */
  readonly isExclusive: boolean;
  /** The host has a part in it: a virtual clock stands still while the host is waited for (rule L8), so not on it. */
  readonly isHosted?: boolean;
  /** It has no end: `finish` does nothing. */
  readonly isEndless?: boolean;
  /** Whoever made it ends it: its user cannot close it. */
  readonly isLent?: boolean;
}

/** Runs a coroutine with a subject that `items` items will be fed into; the subject ends with it. */
export type UseSubject = <R>(items: number, body: (subject: StreamSubject) => Operation<R>) => Operation<R>;

/** For subjects that need no surroundings. */
export function madeBy(make: () => StreamSubject): UseSubject {
  return (_items, body) => body(make());
}

function* closeIt(stream: Partial<Closable>): Coroutine<void> {
  const closing = stream.close?.();
  if (closing !== undefined) yield* closing;
}

export function* nameOfError(operation: Operation<unknown>): Coroutine<string> {
  try {
    yield* operation;
    return 'no error';
  } catch (error) {
    return (error as Error).name;
  }
}

export function receiveStreamContract(title: string, traits: StreamTraits, use: UseSubject): void {
  onEachBackend(`${title}: receive stream contract`, (run, { backend }) => {
    if (traits.isHosted && backend === 'virtual') return;

    it('gives the items in order, then the end, again and again', async () => {
      const log = await run(() =>
        use(3, function* ({ stream, feed, finish, textOf }) {
          const log: string[] = [];
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* () {
              for (const item of ['a', 'b', 'c']) {
                yield* sleep(2);
                feed(item);
              }
              yield* sleep(2);
              finish();
            });
            for (let count = 0; count < 3; count++) log.push(textOf(yield* stream.receive()));
            if (traits.isEndless) return;
            for (let count = 0; count < 2; count++) log.push(yield* nameOfError(stream.receive()));
            log.push(`${(yield* stream.next()).done}`);
          });
          yield* closeIt(stream);
          return log;
        }),
      );
      const end = traits.isEndless ? [] : ['EndOfStream', 'EndOfStream', 'true'];
      expect(log).to.deep.equal(['a', 'b', 'c', ...end]);
    });

    it('next() and forEach() give the same items, and the end as a value', async () => {
      const log = await run(() =>
        use(3, function* ({ stream, feed, finish, textOf }) {
          const log: string[] = [];
          yield* taskGroup(function* (tg) {
            tg.startSoon(function* () {
              for (const item of ['a', 'b', 'c']) {
                feed(item);
                yield* sleep(2);
              }
              finish();
            });
            const first = yield* stream.next();
            log.push(`${first.done} ${textOf(first.value)}`);
            yield* cancelScope((scope) =>
              stream.forEach(function* (item) {
                log.push(textOf(item));
                if (traits.isEndless && log.length === 3) scope.cancel();
                yield* sleep(1);
              }),
            );
          });
          yield* closeIt(stream);
          return log;
        }),
      );
      expect(log).to.deep.equal(['false a', 'b', 'c']);
    });

    it('a receive that is cancelled while it waits has taken nothing', async () => {
      const log = await run(() =>
        use(2, function* ({ stream, feed, finish, textOf }) {
          const log: string[] = [];
          for (let time = 0; time < 3; time++) {
            log.push(`${yield* moveOnAfter(1, () => stream.receive(), { otherwise: 'nothing came' })}`);
          }
          for (const item of ['a', 'b']) {
            feed(item);
            log.push(textOf(yield* stream.receive()));
          }
          finish();
          if (!traits.isEndless) log.push(yield* nameOfError(stream.receive()));
          yield* closeIt(stream);
          return log;
        }),
      );
      const nothing = 'nothing came';
      const end = traits.isEndless ? [] : ['EndOfStream'];
      expect(log).to.deep.equal([nothing, nothing, nothing, 'a', 'b', ...end]);
    });

    it('in a cancelled scope nothing is received, though there is something', async () => {
      const log = await run(() =>
        use(1, function* ({ stream, feed, textOf }) {
          const log: string[] = [];
          feed('a');
          yield* sleep(2);
          for (const operation of [() => stream.receive(), () => stream.next()]) {
            const value = yield* cancelScope(function* (scope) {
              scope.cancel();
              return yield* operation();
            });
            log.push(`${value}`);
          }
          log.push(textOf(yield* stream.receive()));
          yield* closeIt(stream);
          return log;
        }),
      );
      expect(log).to.deep.equal(['undefined', 'undefined', 'a']);
    });

    it('receiving is a checkpoint also when there is something already', async () => {
      const log = await run(() =>
        use(1, function* ({ stream, feed }) {
          const log: string[] = [];
          yield* taskGroup(function* (tg) {
            feed('a');
            yield* sleep(2);
            tg.startSoon(function* () {
              log.push('another task');
            });
            yield* stream.receive();
            log.push('received');
          });
          yield* closeIt(stream);
          return log;
        }),
      );
      expect(log).to.deep.equal(['another task', 'received']);
    });

    if (!traits.isLent)
      it('R2: closing wakes the task that is parked on it, and later receives fail too', async () => {
        const log = await run(() =>
          use(0, function* ({ stream }) {
            const log: string[] = [];
            yield* taskGroup(function* (tg) {
              tg.startSoon(function* () {
                log.push(yield* nameOfError(stream.receive()));
              });
              yield* sleep(2);
              yield* closeIt(stream);
              yield* sleep(2);
              log.push(yield* nameOfError(stream.receive()));
              log.push(yield* nameOfError(stream.forEach(function* () {})));
              yield* closeIt(stream);
            });
            return log;
          }),
        );
        const closed = 'ClosedResourceError';
        expect(log).to.deep.equal([closed, closed, closed]);
      });

    if (traits.isExclusive) {
      it('a second task that receives at the same time gets BusyResourceError, and disturbs nothing', async () => {
        const log = await run(() =>
          use(1, function* ({ stream, feed, textOf }) {
            const log: string[] = [];
            yield* taskGroup(function* (tg) {
              tg.startSoon(function* () {
                log.push(textOf(yield* stream.receive()));
              });
              yield* sleep(2);
              log.push(yield* nameOfError(stream.receive()));
              feed('a');
            });
            yield* closeIt(stream);
            return log;
          }),
        );
        expect(log).to.deep.equal([BusyResourceError.prototype.name, 'a']);
      });
    } else {
      it('tasks that receive at the same time are served first come first served', async () => {
        const log = await run(() =>
          use(2, function* ({ stream, feed, finish, textOf }) {
            const log: string[] = [];
            yield* taskGroup(function* (tg) {
              for (const label of traits.isEndless ? ['first', 'second'] : ['first', 'second', 'third']) {
                tg.startSoon(function* () {
                  try {
                    log.push(`${label} ${textOf(yield* stream.receive())}`);
                  } catch (error) {
                    log.push(`${label} ${error instanceof EndOfStream}`);
                  }
                });
              }
              yield* sleep(1);
              feed('a');
              feed('b');
              finish();
            });
            yield* closeIt(stream);
            return log;
          }),
        );
        const end = traits.isEndless ? [] : ['third true'];
        expect(log).to.deep.equal(['first a', 'second b', ...end]);
      });
    }
  });
}
