import {
  type Coroutine,
  createMemoryObjectStream,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  run,
  taskGroup,
} from '../../../lib/index.js';
import type { PingPong } from './contract.js';

function* player(
  balls: MemoryObjectReceiveStream<number>,
  partner: MemoryObjectSendStream<number>,
  turn: () => void,
): Coroutine<never> {
  for (;;) {
    yield* partner.send(yield* balls.receive());
    turn();
  }
}

const pingPong: PingPong = (pairs, turn) => {
  run(() =>
    taskGroup(function* (tg) {
      for (let i = 0; i < pairs; i++) {
        const [sendPing, receivePing] = createMemoryObjectStream<number>(1);
        const [sendPong, receivePong] = createMemoryObjectStream<number>(1);
        tg.startSoon(player, receivePing, sendPong, turn);
        tg.startSoon(player, receivePong, sendPing, () => {});
        sendPing.sendNowait(i);
      }
    }),
  );
};
export default pingPong;
