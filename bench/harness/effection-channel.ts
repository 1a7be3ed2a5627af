/** A bounded channel of two of Effection's queues, which have no bound themselves: one of items, one of free places. */
import { createQueue, type Operation, type Queue } from 'effection';

export class EffectionChannel {
  private readonly items: Queue<number, never> = createQueue();
  private readonly room: Queue<void, never> = createQueue();

  constructor(size: number) {
    for (let i = 0; i < size; i++) this.room.add();
  }

  *send(item: number): Operation<void> {
    yield* this.room.next();
    this.items.add(item);
  }

  *receive(): Operation<number> {
    const { value } = yield* this.items.next();
    this.room.add();
    return value;
  }
}
