/**
 * What every send stream promises, whatever is behind it: written once, run over each implementer.
 *
 * A subject has room for one item, and its other side takes items only when it is told to.
 */
import { expect } from 'chai';
import {
  BrokenResourceError,
  BusyResourceError,
  type Coroutine,
  cancelScope,
  moveOnAfter,
  sleep,
  taskGroup,
} from 'treadle';
import { closing } from '../../lib/streams/byte-stream.js';
import type { Closable, SendStream } from '../../lib/streams/receive-stream.js';
import { onEachBackend } from './contract.js';
import { nameOfError } from './stream-contract.js';

export interface SendSubject {
  readonly stream: SendStream<never> & Closable;
  /** An item, of one character. */
  itemOf(text: string): unknown;
  /** The other side takes one item, if there is one. Gives all that it has taken so far. */
  take(): readonly string[];
  /** Whether the other side has seen the end. */
  hasEnded(): boolean;
  /** The other side goes away before the end; the host's streams do so with this error. */
  break(error: Error): void;
}

export interface SendTraits {
  /** One task at a time may send: a second one gets BusyResourceError. */
  readonly isExclusive: boolean;
  /** The host has a part in it: a virtual clock stands still while the host is waited for (rule L8), so not on it. */
  readonly isHosted?: boolean;
}

export function sendStreamContract(title: string, traits: SendTraits, make: () => SendSubject): void {
  onEachBackend(`${title}: send stream contract`, (run, { backend }) => {
    if (traits.isHosted && backend === 'virtual') return;

    const sending = (subject: SendSubject) => (text: string) =>
      subject.stream.send(subject.itemOf(text) as never);

    /** The other side takes what there is, until it has seen the end or there is nothing. */
    function* takeAll({ take, hasEnded }: SendSubject): Coroutine<string> {
      for (let count = 0; count < 5 && !hasEnded(); count++) {
        take();
        yield* sleep(2);
      }
      return take().join('');
    }

    /** Closing waits for the other side, where there is one that can be waited for. */
    function* closeAndTakeAll(subject: SendSubject): Coroutine<string> {
      return yield* taskGroup(function* (tg) {
        tg.startSoon(() => closing(subject.stream));
        yield* sleep(1);
        return yield* takeAll(subject);
      });
    }

    it('an item that was sent arrives, in order, once; then the end', async () => {
      const log = await run(function* () {
        const subject = make();
        const send = sending(subject);
        return yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            for (const text of ['a', 'b', 'c']) yield* send(text);
            yield* closing(subject.stream);
          });
          const taken = yield* takeAll(subject);
          return [taken, subject.hasEnded()];
        });
      });
      expect(log).to.deep.equal(['abc', true]);
    });

    it('back-pressure: a send waits until there is room', async () => {
      const log = await run(function* () {
        const log: string[] = [];
        const subject = make();
        const send = sending(subject);
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            for (const text of ['a', 'b', 'c']) {
              yield* send(text);
              log.push(`sent ${text}`);
            }
          });
          for (let count = 0; count < 3; count++) {
            yield* sleep(3);
            log.push('takes one');
            subject.take();
          }
        });
        yield* closeAndTakeAll(subject);
        return log;
      });
      expect(log).to.deep.equal(['sent a', 'takes one', 'sent b', 'takes one', 'sent c', 'takes one']);
    });

    it('a send that is cancelled while it waits has sent nothing, and the stream goes on', async () => {
      const taken = await run(function* () {
        const subject = make();
        const send = sending(subject);
        yield* send('a');
        for (const text of ['x', 'y']) yield* moveOnAfter(1, () => send(text));
        subject.take();
        yield* send('b');
        return yield* closeAndTakeAll(subject);
      });
      expect(taken).to.equal('ab');
    });

    it('in a cancelled scope nothing is sent, though there is room', async () => {
      const taken = await run(function* () {
        const subject = make();
        const send = sending(subject);
        yield* cancelScope(function* (scope) {
          scope.cancel();
          yield* send('x');
        });
        yield* send('a');
        return yield* closeAndTakeAll(subject);
      });
      expect(taken).to.equal('a');
    });

    it('sending is a checkpoint also when there is room', async () => {
      const log = await run(function* () {
        const log: string[] = [];
        const subject = make();
        const send = sending(subject);
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            log.push('another task');
          });
          yield* send('a');
          log.push('sent');
        });
        yield* closeAndTakeAll(subject);
        return log;
      });
      expect(log).to.deep.equal(['another task', 'sent']);
    });

    it('R2: closing wakes the task that waits to send, sends not its item, and later sends fail too', async () => {
      const log = await run(function* () {
        const log: string[] = [];
        const subject = make();
        const send = sending(subject);
        yield* send('a');
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            log.push(yield* nameOfError(send('x')));
          });
          yield* sleep(1);
          log.push(yield* closeAndTakeAll(subject));
          log.push(yield* nameOfError(send('y')));
          log.push(subject.take().join(''));
        });
        return log;
      });
      expect(log).to.deep.equal(['ClosedResourceError', 'a', 'ClosedResourceError', 'a']);
    });

    it('closing twice is closing once, also while the first flushes', async () => {
      const log = await run(function* () {
        const subject = make();
        yield* sending(subject)('a');
        return yield* taskGroup(function* (tg) {
          for (let count = 0; count < 2; count++) tg.startSoon(() => closing(subject.stream));
          yield* sleep(1);
          const taken = yield* takeAll(subject);
          yield* closing(subject.stream);
          return [taken, subject.hasEnded()];
        });
      });
      expect(log).to.deep.equal(['a', true]);
    });

    for (const way of ['while it flushes', 'beforehand']) {
      it(`closing that is cancelled ${way} has closed it all the same`, async () => {
        const log = await run(function* () {
          const subject = make();
          const send = sending(subject);
          yield* send('a');
          if (way === 'beforehand') {
            yield* cancelScope(function* (scope) {
              scope.cancel();
              yield* closing(subject.stream);
            });
          } else {
            yield* moveOnAfter(1, () => closing(subject.stream));
          }
          const name = yield* nameOfError(send('x'));
          yield* closing(subject.stream);
          return [name, subject.take().includes('x')];
        });
        expect(log).to.deep.equal(['ClosedResourceError', false]);
      });
    }

    it('when the other side goes away, who waits to send is told, and who comes later; closing is silent', async () => {
      const cause = new Error('wire cut');
      const log = await run(function* () {
        const log: unknown[] = [];
        const subject = make();
        const send = sending(subject);
        const note = function* (text: string) {
          try {
            yield* send(text);
          } catch (error) {
            log.push((error as Error).name, (error as Error).cause);
          }
        };
        yield* send('a');
        yield* taskGroup(function* (tg) {
          tg.startSoon(() => note('x'));
          yield* sleep(1);
          subject.break(cause);
          yield* sleep(1);
          yield* note('y');
          yield* closing(subject.stream);
        });
        return log;
      });
      const { name } = BrokenResourceError.prototype;
      const told = [name, traits.isHosted ? cause : undefined];
      expect(log).to.deep.equal([...told, ...told]);
    });

    if (traits.isExclusive) {
      it('a second task that sends at the same time gets BusyResourceError, and disturbs nothing', async () => {
        const log = await run(function* () {
          const log: string[] = [];
          const subject = make();
          const send = sending(subject);
          yield* send('a');
          yield* taskGroup(function* (tg) {
            tg.startSoon(() => send('b'));
            yield* sleep(1);
            log.push(yield* nameOfError(send('x')));
            subject.take();
          });
          log.push(yield* closeAndTakeAll(subject));
          return log;
        });
        expect(log).to.deep.equal([BusyResourceError.prototype.name, 'ab']);
      });
    } else {
      it('tasks that send at the same time are served first come first served', async () => {
        const taken = await run(function* () {
          const subject = make();
          const send = sending(subject);
          yield* taskGroup(function* (tg) {
            for (const text of ['a', 'b', 'c']) tg.startSoon(() => send(text));
            yield* takeAll(subject);
          });
          return yield* closeAndTakeAll(subject);
        });
        expect(taken).to.equal('abc');
      });
    }
  });
}
