/** `events` and `once`: nothing is missed between two receives, and no listener is left behind. */
import { EventEmitter, getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  CancelScope,
  type Coroutine,
  call,
  checkpoint,
  moveOnAfter,
  type Operation,
  run as runOnce,
  runSync,
  sleep,
  taskGroup,
} from 'treadle';
import type { EventEmitterLike } from '../../lib/interop/event-source.js';
import { events } from '../../lib/interop/events.js';
import { once } from '../../lib/interop/once.js';
import type { ReceiveStream } from '../../lib/streams/receive-stream.js';
import { onEachBackend, thrown } from '../support/contract.js';
import { ending, failure } from '../support/outcome.js';

/** The two sorts of sources, behind one face: what an event carries is a number. */
interface Source {
  readonly title: string;
  emit(n: number): void;
  listeners(): number;
  stream(): Operation<ReceiveStream<unknown> & Disposable>;
  once(): Operation<unknown>;
  read(event: unknown): number;
}

class NumberEvent extends Event {
  readonly n: number;
  constructor(n: number) {
    super('number');
    this.n = n;
  }
}

const SOURCES: readonly (() => Source)[] = [
  () => {
    const target = new EventTarget();
    return {
      title: 'EventTarget',
      emit: (n) => void target.dispatchEvent(new NumberEvent(n)),
      listeners: () => getEventListeners(target, 'number').length,
      stream: () => events(target, 'number'),
      once: () => once(target, 'number'),
      read: (event) => (event as NumberEvent).n,
    };
  },
  () => {
    const emitter = new EventEmitter();
    return {
      title: 'EventEmitter',
      emit: (n) => void emitter.emit('number', n),
      listeners: () => emitter.listenerCount('number'),
      stream: () => events<[number]>(emitter, 'number'),
      once: () => once<[number]>(emitter, 'number'),
      read: (event) => (event as [number])[0],
    };
  },
];

for (const make of SOURCES) {
  onEachBackend(`events, ${make().title}`, (run, { it }) => {
    it('nothing is missed between two receives, nor before the first', function* () {
      const source = make();
      const seen = yield* call(function* () {
        using stream = yield* source.stream();
        source.emit(1);
        source.emit(2);
        const found = [source.read(yield* stream.receive())];
        source.emit(3);
        yield* checkpoint();
        for (let i = 0; i < 2; i++) found.push(source.read(yield* stream.receive()));
        return found;
      });
      expect(seen).deep.equal([1, 2, 3]);
    });

    it('listens from its yield until it is disposed of, with one listener', function* () {
      const source = make();
      const counts: number[] = [];
      {
        const effect = source.stream();
        counts.push(source.listeners());
        {
          using stream = yield* effect;
          counts.push(source.listeners());
          source.emit(1);
          yield* stream.receive();
          yield* moveOnAfter(0, () => stream.receive());
          counts.push(source.listeners());
        }
        counts.push(source.listeners());
      }
      expect(counts).deep.equal([0, 1, 1, 0]);
    });

    it('wakes a task that waits, by a callback of the host', function* () {
      const source = make();
      const value = yield* call(function* () {
        using stream = yield* source.stream();
        setTimeout(() => source.emit(7), 1);
        const result = yield* stream.next();
        return [result.done, source.read(result.value)];
      });
      expect(value).deep.equal([false, 7]);
    });

    it('serves those who wait first come first served; who was cancelled takes nothing', function* () {
      const source = make();
      const labels: string[] = [];
      {
        using stream = yield* source.stream();
        yield* taskGroup(function* (tg) {
          function* reader(name: string): Coroutine<void> {
            labels.push(`${name} ${source.read(yield* stream.receive())}`);
          }
          const handles = ['a', 'b', 'c'].map((name) => tg.startSoon(reader, name));
          yield* checkpoint();
          handles[1]?.cancel();
          source.emit(1);
          source.emit(2);
          source.emit(3);
        });
        labels.push(`kept ${source.read(yield* stream.receive())}`);
      }
      expect(labels).deep.equal(['a 1', 'c 2', 'kept 3']);
    });

    it('C3: a receive that has its event keeps it, though a cancellation follows', function* () {
      const source = make();
      const labels: string[] = [];
      {
        using stream = yield* source.stream();
        yield* taskGroup(function* (tg) {
          const handle = tg.startSoon(function* () {
            labels.push(`got ${source.read(yield* stream.receive())}`);
            yield* checkpoint();
            labels.push('not reached');
          });
          yield* checkpoint();
          source.emit(1);
          handle.cancel();
        });
        source.emit(2);
        labels.push(`next ${source.read(yield* stream.receive())}`);
      }
      expect(labels).deep.equal(['got 1', 'next 2']);
    });

    it('R2: disposing of it fails who waits and who comes later with ClosedResourceError', function* () {
      const source = make();
      const labels: string[] = [];
      const stream = yield* source.stream();
      yield* taskGroup(function* (tg) {
        tg.startSoon(function* () {
          labels.push(((yield* failure(stream.receive())) as Error).name);
        });
        yield* checkpoint();
        stream[Symbol.dispose]();
        stream[Symbol.dispose]();
      });
      source.emit(1);
      labels.push(((yield* failure(stream.next())) as Error).name, `${source.listeners()} listeners`);
      expect(labels).deep.equal(['ClosedResourceError', 'ClosedResourceError', '0 listeners']);
    });

    it('no listener outlives the run, also when nobody disposed of the stream', async () => {
      const source = make();
      const counts: number[] = [];
      await run(function* () {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* source.stream();
          });
        });
        yield* source.stream();
        counts.push(source.listeners());
      });
      counts.push(source.listeners());
      expect(counts).deep.equal([2, 0]);
    });

    it('in a scope already cancelled it throws, and never listens', function* () {
      const source = make();
      const labels: string[] = [];
      const scope = new CancelScope();
      scope.cancel();
      yield* scope.run(function* () {
        labels.push(ending(yield* failure(source.stream())), `${source.listeners()} listeners`);
        labels.push(ending(yield* failure(source.once())), `${source.listeners()} listeners`);
      });
      expect(labels).deep.equal(['Cancelled', '0 listeners', 'Cancelled', '0 listeners']);
    });

    it('L5: receiving on it is no deadlock', function* () {
      const source = make();
      const value = yield* call(function* () {
        using stream = yield* source.stream();
        setTimeout(() => setTimeout(() => source.emit(5), 1), 1);
        return source.read(yield* stream.receive());
      });
      expect(value).equal(5);
    });

    it('forEach runs its body for one event after the other', function* () {
      const source = make();
      const labels: string[] = [];
      {
        using stream = yield* source.stream();
        const scope = new CancelScope();
        for (const n of [1, 2, 3]) source.emit(n);
        yield* scope.run(() =>
          stream.forEach(function* (event) {
            labels.push(`begin ${source.read(event)}`);
            yield* checkpoint();
            labels.push(`end ${source.read(event)}`);
            if (source.read(event) === 3) scope.cancel();
          }),
        );
      }
      expect(labels).deep.equal(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
    });
  });

  onEachBackend(`once, ${make().title}`, (_run, { it }) => {
    it('gives the next event, and listens for just so long', function* () {
      const source = make();
      const found = yield* call(function* () {
        const effect = source.once();
        const counts = [source.listeners()];
        setTimeout(() => {
          counts.push(source.listeners());
          source.emit(4);
          counts.push(source.listeners());
          source.emit(5);
        }, 1);
        return [source.read(yield* effect), ...counts, source.listeners()];
      });
      expect(found).deep.equal([4, 0, 1, 0, 0]);
    });

    it('a wait that is cancelled leaves no listener', function* () {
      const source = make();
      const counts: number[] = [];
      const scope = new CancelScope();
      yield* taskGroup(function* (tg) {
        tg.startSoon(() => scope.run(() => source.once()));
        yield* checkpoint();
        counts.push(source.listeners());
        scope.cancel();
        counts.push(source.listeners());
      });
      expect(counts).deep.equal([1, 0]);
    });

    it('one effect may be yielded by several tasks', function* () {
      const source = make();
      const found = yield* taskGroup(function* (tg) {
        const effect = source.once();
        const handles = [1, 2].map(() => tg.startSoon(() => effect));
        yield* checkpoint();
        source.emit(9);
        const values: number[] = [];
        for (const handle of handles) values.push(source.read(yield* handle));
        return values;
      });
      expect(found).deep.equal([9, 9]);
    });
  });
}

describe('events and once', () => {
  it('are typed by the target', async () => {
    await runOnce(function* () {
      const { signal } = new AbortController();
      using aborts = yield* events(signal, 'abort');
      const next = () => aborts.receive();
      const port = (): Operation<MessageEvent> => once(new MessageChannel().port1, 'message');
      const plain: Operation<Event> = once(new EventTarget(), 'anything');
      const emitter: EventEmitterLike = new EventEmitter();
      const typed: Operation<[number, string]> = once<[number, string]>(emitter, 'x');
      const untyped: Operation<unknown[]> = once(emitter, Symbol('x'));
      expect([next, port, plain, typed, untyped]).length(5);
    });
  });

  it('a source of many events keeps them all', async () => {
    const emitter = new EventEmitter();
    const sum = await runOnce(function* () {
      using stream = yield* events<[number]>(emitter, 'n');
      for (let n = 1; n <= 1000; n++) emitter.emit('n', n);
      let total = 0;
      for (let n = 1; n <= 1000; n++) total += (yield* stream.receive())[0];
      return total;
    });
    expect(sum).equal(500_500);
  });

  it('say what a task waits for, by either way of receiving', () => {
    function* main(way: 'receive' | 'next'): Coroutine<void> {
      using stream = yield* events(new EventTarget(), 'number');
      yield* stream[way]();
    }
    for (const way of ['receive', 'next'] as const) {
      const error = thrown(() => runSync(() => main(way))) as Error;
      expect(error.message).to.contain('events(number): the next item');
    }
  });

  it('the virtual clock stands while a task waits for an event', async () => {
    const emitter = new EventEmitter();
    const labels = await runOnce(
      () =>
        taskGroup(function* (tg) {
          const story: string[] = [];
          tg.startSoon(function* () {
            yield* once(emitter, 'go');
            story.push('event');
          });
          const emit = (): void => {
            if (!emitter.emit('go')) setTimeout(emit, 1); // nobody listens yet
          };
          setTimeout(emit, 1);
          yield* sleep(1_000_000);
          story.push('slept');
          return story;
        }),
      { backend: 'virtual' },
    );
    expect(labels).deep.equal(['event', 'slept']);
  });

  it('refuse what has no events, and names that are none, where they are passed', () => {
    const mistakes: (() => unknown)[] = [
      // @ts-expect-error no source
      () => events({}, 'x'),
      // @ts-expect-error no source
      () => once(undefined, 'x'),
      // @ts-expect-error no name
      () => events(new EventEmitter(), 42),
      // @ts-expect-error an EventTarget has no symbols for names
      () => once(new EventTarget(), Symbol('x')),
      // @ts-expect-error a source that one can only join
      () => events({ on() {} }, 'x'),
    ];
    for (const mistake of mistakes) expect(thrown(mistake)).instanceOf(TypeError);
  });
});
