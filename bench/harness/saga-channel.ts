/** A bounded channel of two of redux-saga's, which throw when they are full: one of items, one of free places. */
import { buffers, type Channel, channel } from 'redux-saga';
import { put, take } from 'redux-saga/effects';

const PLACE = 1;

export class SagaChannel {
  private readonly items: Channel<number>;
  private readonly room: Channel<number>;

  constructor(size: number) {
    this.items = channel(buffers.fixed<number>(size));
    const places = buffers.fixed<number>(size);
    for (let i = 0; i < size; i++) places.put(PLACE);
    this.room = channel(places);
  }

  *send(item: number): Generator<unknown, void, unknown> {
    yield take(this.room);
    yield put(this.items, item);
  }

  *receive(): Generator<unknown, number, unknown> {
    const item = (yield take(this.items)) as number;
    yield put(this.room, PLACE);
    return item;
  }
}
