/** The chat in async/await: a task a client that reads; writing is left to Node's own buffers, which are watched. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { LONGEST_LINE, type Settings } from './contract.js';

interface Member {
  readonly socket: Socket;
  pending: number;
}

const rooms = new Map<string, Set<Member>>();

/** A socket has `for await` over chunks; there is none over lines that minds their length. */
async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of socket) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error('the line is too long');
    yield* lines;
  }
}

function broadcast(room: Set<Member>, text: string, backlog: number): void {
  const bytes = Buffer.from(text);
  for (const member of room) {
    if (member.pending === backlog) {
      member.socket.destroy();
      room.delete(member);
      continue;
    }
    member.pending++;
    member.socket.write(bytes, () => {
      member.pending--;
    });
  }
}

async function serve(socket: Socket, { patience, backlog }: Settings): Promise<void> {
  socket.setEncoding('utf8');
  socket.on('error', () => {}); // the loop over its lines throws it
  const timer = setTimeout(() => socket.destroy(), patience);
  const member: Member = { socket, pending: 0 };
  let room: Set<Member> | undefined;
  let [name, roomName] = ['', ''];
  try {
    for await (const line of linesOf(socket)) {
      if (room !== undefined) {
        broadcast(room, `${name}: ${line}\n`, backlog);
        continue;
      }
      clearTimeout(timer);
      [name = '', roomName = ''] = line.split(' ');
      room = rooms.get(roomName) ?? new Set();
      rooms.set(roomName, room.add(member));
    }
  } finally {
    clearTimeout(timer);
    socket.destroy();
    room?.delete(member);
    if (room?.size === 0) rooms.delete(roomName);
  }
}

export default async function chat(settings: Settings, stop: AbortSignal): Promise<void> {
  const underWay = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    const task = serve(socket, settings)
      .catch(() => {}) // what fails is that client's affair alone
      .finally(() => underWay.delete(socket));
    underWay.set(socket, task);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  settings.listening((server.address() as AddressInfo).port, () => ({
    members: [...rooms.values()].reduce((sum, { size }) => sum + size, 0),
    rooms: rooms.size,
  }));
  if (!stop.aborted) await once(stop, 'abort');
  server.close();
  for (const socket of underWay.keys()) socket.destroy();
  await Promise.all(underWay.values());
  throw stop.reason;
}
