/** Type tests of streams: the compiler is the judge; that this file compiles is the test. */
import { expect } from 'chai';
import { type Coroutine, runSync } from 'treadle';
import type { MemoryObjectReceiveStream } from '../../lib/streams/memory-object-receive-stream.js';
import type { MemoryObjectSendStream } from '../../lib/streams/memory-object-send-stream.js';
import { createMemoryObjectStream } from '../../lib/streams/memory-object-stream.js';
import type { ReceiveStream } from '../../lib/streams/receive-stream.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): T => true as T;

describe('types of streams', () => {
  it('items are inferred, and ends vary as they should', () => {
    const items = runSync(function* (): Coroutine<unknown[]> {
      const [send, receive] = createMemoryObjectStream<number | string>(4);
      yield* send.send(1);
      yield* send.send('two');
      // @ts-expect-error: not an item of this stream
      yield* send.send(true);
      const first = yield* receive.receive();
      is<Equal<typeof first, number | string>>();
      const second = yield* receive.next();
      if (!second.done) is<Equal<typeof second.value, number | string>>();

      const narrower: MemoryObjectSendStream<number> = send;
      const wider: MemoryObjectReceiveStream<unknown> = receive;
      const any: ReceiveStream<number | string> = receive;
      // @ts-expect-error: who may send numbers and texts may not be handed one who takes numbers only
      const wrong: MemoryObjectSendStream<number | boolean> = send;
      // @ts-expect-error: what comes may be a text
      const alsoWrong: MemoryObjectReceiveStream<number> = receive;
      expect([narrower, wider, any, wrong, alsoWrong]).to.have.length(5);
      return [first, second.value];
    });
    expect(items).to.deep.equal([1, 'two']);
  });
});
