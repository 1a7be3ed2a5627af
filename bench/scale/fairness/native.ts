import { NativeChannel } from '../../harness/native-channel.js';
import type { PingPong } from './contract.js';

async function player(
  balls: NativeChannel<number>,
  partner: NativeChannel<number>,
  turn: () => void,
): Promise<never> {
  for (;;) {
    await partner.send(await balls.receive());
    turn();
  }
}

const pingPong: PingPong = (pairs, turn) => {
  for (let i = 0; i < pairs; i++) {
    const pings = new NativeChannel<number>(1);
    const pongs = new NativeChannel<number>(1);
    player(pings, pongs, turn);
    player(pongs, pings, () => {});
    pings.send(i);
  }
};
export default pingPong;
