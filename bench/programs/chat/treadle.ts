/** The chat in Treadle: two tasks a client, one that reads and one that writes what is in its outbox. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import {
  attempt,
  BufferedByteReceiveStream,
  type ByteStream,
  type Coroutine,
  createMemoryObjectStream,
  events,
  failAfter,
  fromNodeDuplex,
  IncompleteRead,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  once,
  run,
  type TaskGroup,
  taskGroup,
  WouldBlock,
} from '../../../lib/index.js';
import { LONGEST_LINE, type Settings } from './contract.js';

interface Member {
  readonly outbox: MemoryObjectSendStream<Uint8Array>;
  readonly session: TaskGroup;
}

const rooms = new Map<string, Set<Member>>();

function broadcast(room: Set<Member>, text: Uint8Array): void {
  for (const { outbox, session } of room) {
    try {
      outbox.sendNowait(text);
    } catch (error) {
      if (!(error instanceof WouldBlock)) throw error;
      session.cancel('too slow');
    }
  }
}

function join(roomName: string, member: Member): Disposable & { room: Set<Member> } {
  const room = rooms.get(roomName) ?? new Set();
  rooms.set(roomName, room.add(member));
  return {
    room,
    [Symbol.dispose]() {
      room.delete(member);
      if (room.size === 0) rooms.delete(roomName);
    },
  };
}

function* write(texts: MemoryObjectReceiveStream<Uint8Array>, stream: ByteStream): Coroutine<void> {
  yield* texts.forEach(function* (text) {
    yield* stream.send(text);
  });
}

function* serve(socket: Socket, { patience, backlog }: Settings): Coroutine<void> {
  using stream = fromNodeDuplex(socket);
  const lines = new BufferedByteReceiveStream(stream);
  const login = yield* failAfter(patience, () => lines.receiveUntil('\n', LONGEST_LINE));
  const [name, roomName = ''] = Buffer.from(login).toString().split(' ');
  const [outbox, outgoing] = createMemoryObjectStream<Uint8Array>(backlog);
  yield* taskGroup(function* (session) {
    session.startSoon(write, outgoing, stream);
    using _ = outbox;
    using membership = join(roomName, { outbox, session });
    try {
      for (;;) {
        const line = yield* lines.receiveUntil('\n', LONGEST_LINE);
        broadcast(membership.room, Buffer.concat([Buffer.from(`${name}: `), line, Buffer.from('\n')]));
      }
    } catch (error) {
      if (!(error instanceof IncompleteRead)) throw error; // the client has hung up
    }
  });
}

function* chat(settings: Settings): Coroutine<void> {
  const server = createServer();
  using connections = yield* events<[Socket]>(server, 'connection');
  server.listen(0, '127.0.0.1');
  try {
    yield* once(server, 'listening');
    settings.listening((server.address() as AddressInfo).port, () => ({
      members: [...rooms.values()].reduce((sum, { size }) => sum + size, 0),
      rooms: rooms.size,
    }));
    yield* taskGroup(function* (tg) {
      yield* connections.forEach(function* ([socket]) {
        tg.startSoon(() => attempt(serve(socket, settings))); // what fails is that client's affair alone
      });
    });
  } finally {
    server.close();
  }
}

export default (settings: Settings, signal: AbortSignal) => run(() => chat(settings), { signal });
