import { expect } from 'chai';
import {
  all,
  call,
  cancelScope,
  checkpoint,
  checkpointIfCancelled,
  coroutine,
  createMemoryObjectStream,
  type Effect,
  Event,
  Future,
  Lock,
  moveOnAfter,
  once,
  runSync,
  sleep,
  sleepForever,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { KIND } from '../../lib/kernel/effect.js';

describe('kinds of effects', () => {
  it('are of four classes, as many as the engine of JavaScript tells apart where the loop calls them', () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    function* nothing() {}
    const effects: unknown[] = [
      checkpoint(),
      checkpointIfCancelled(),
      sleep(1),
      sleepForever(),
      suspend(() => {}),
      call(nothing),
      coroutine(nothing)(),
      cancelScope(nothing),
      moveOnAfter(1, nothing),
      taskGroup(nothing),
      until(() => Promise.resolve()),
      once(new EventTarget(), 'done'),
      all([]),
      send.send(1),
      receive.receive(),
      new Lock().acquire(),
      new Event().wait(),
      new Future().wait(),
    ];
    runSync(() =>
      taskGroup(function* (tg) {
        effects.push(tg.startSoon(nothing).wait());
        effects.push(tg.start(nothing));
        yield* checkpoint();
      }),
    );
    const kinds = effects.flatMap((effect) => {
      const kind = (effect as Partial<Effect<unknown>>)[KIND];
      return kind === undefined ? [] : [kind.constructor.name];
    });
    expect(kinds).to.have.length.greaterThan(15);
    expect([...new Set(kinds)].sort()).to.deep.equal(['CallKind', 'CheckpointKind', 'PlainKind', 'WaitKind']);
  });
});
