/**
 * A chat with thousands of connections. How late are messages, what does a connection cost, does a client that does not
 * read hold others up, and what is left of clients that vanish?
 */
import { execFileSync } from 'node:child_process';
import { filesOf, type Program, type Size, type Tools } from '../contract.js';
import { Child } from '../support/child.js';
import { expectEqual, type Figures, figure } from '../support/figures.js';
import type { ClientCommands, Talk } from './clients.js';
import type { HostCommands } from './host.js';

interface Plan {
  readonly rooms: number;
  readonly roomSize: number;
  readonly talk: Talk;
  /** The same, while there is a flood in one more room: of who reads there, and who does not. */
  readonly flood: Talk;
  readonly readers: number;
  readonly sluggards: number;
  /** Messages that may wait for a client. */
  readonly backlog: number;
}

const PLANS: Readonly<Record<Size, Plan>> = {
  quick: {
    rooms: 4,
    roomSize: 5,
    talk: { rate: 200, seconds: 0.2 },
    flood: { rate: 200, seconds: 0.2, flood: { bytes: 60_000, count: 400 } },
    readers: 2,
    sluggards: 2,
    backlog: 20,
  },
  full: {
    rooms: 100,
    roomSize: 50,
    talk: { rate: 400, seconds: 10 },
    flood: { rate: 400, seconds: 5, flood: { bytes: 60_000, count: 1000 } },
    readers: 5,
    sluggards: 5,
    backlog: 100,
  },
};

/** Nobody takes so long to give a name, unless the machine stands still. */
const AMPLE_MS = 60_000;
const PATIENCE_MS = 100;
/** Who has not been thrown out by then is not thrown out. */
const LIMIT_MS = 2000;
/** Files that a process needs besides its sockets. */
const OTHER_FILES = 100;

/** Fewer connections where the system does not let a process have so many files. */
function roomsFor(plan: Plan): number {
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || Infinity;
  return Math.min(plan.rooms, Math.floor((limit - OTHER_FILES) / plan.roomSize));
}

function start(system: string, tools: Tools): Child<HostCommands> {
  return new Child(tools.script('programs/chat/host'), {
    node: tools.node,
    flags: ['--expose-gc'],
    args: [tools.script(`programs/chat/${system}`)],
  });
}

function startClients(tools: Tools): Child<ClientCommands> {
  return new Child(tools.script('programs/chat/clients'), { node: tools.node });
}

/** Who does not give a name is thrown out, and not before time. */
async function checkPatience(system: string, tools: Tools): Promise<void> {
  await using server = start(system, tools);
  await using clients = startClients(tools);
  const port = await server.ask('start', PATIENCE_MS, 1);
  const silence = await clients.ask('keepSilent', port);
  // A timer of Node may fire a millisecond early.
  if (silence < PATIENCE_MS - 1) throw new Error(`a silent client was thrown out after ${silence} ms`);
}

const program: Program = {
  name: 'chat',
  title: 'A chat',
  systems: ['treadle', 'native'],
  files: filesOf(new URL('.', import.meta.url), {}),
  async measure(system, size, tools: Tools): Promise<Figures> {
    const plan = PLANS[size];
    const rooms = roomsFor(plan);
    await checkPatience(system, tools);
    await using server = start(system, tools);
    await using clients = startClients(tools);
    const port = await server.ask('start', AMPLE_MS, plan.backlog);
    const idle = await server.ask('held');
    const empty = await server.ask('memory');

    const begin = performance.now();
    const count = await clients.ask('connect', port, rooms, plan.roomSize);
    await server.ask('untilJoined', count);
    const connectingTime = performance.now() - begin;
    const full = await server.ask('memory');

    const cpu = await server.ask('cpu');
    const heard = await clients.ask('talk', plan.talk);
    const cpuTalking = (await server.ask('cpu')) - cpu;
    expectEqual('messages delivered', heard.delivered, heard.expected);

    await clients.ask('connectFlooded', port, plan.readers, plan.sluggards);
    await server.ask('untilJoined', count + plan.readers + plan.sluggards);
    const flooded = await clients.ask('talk', plan.flood);
    expectEqual('messages delivered to those who read', flooded.delivered, flooded.expected);
    await server.ask('untilOnly', count + plan.readers, LIMIT_MS);
    expectEqual('members without the sluggards', (await server.ask('held')).members, count + plan.readers);

    const vanishing = Math.floor(plan.roomSize / 5) * rooms;
    const staying = count + plan.readers - vanishing;
    await clients.ask('vanish', vanishing / rooms);
    const gone = await server.ask('untilOnly', staying, LIMIT_MS);
    const left = await server.ask('held');
    expectEqual('members left', left.members, staying);
    expectEqual('sockets left', left.sockets, staying);

    const stopping = await server.ask('stop');
    const end = await server.ask('held');
    expectEqual('left at the end', { ...end, timers: 0 }, { ...idle, timers: 0 });
    return [
      figure('connections', count),
      figure('time to connect and join', connectingTime, 'ms'),
      figure('heap per connection', (full.heap - empty.heap) / count, 'B'),
      figure('messages delivered per second', heard.delivered / plan.talk.seconds, '/s'),
      figure('server CPU per message delivered', (cpuTalking / heard.delivered) * 1000, 'µs'),
      figure('p50 from client to client', heard.p50, 'ms'),
      figure('p99 from client to client', heard.p99, 'ms'),
      figure('p99.9 from client to client', heard.p999, 'ms'),
      figure(`p99 while ${plan.sluggards} clients do not read`, flooded.p99, 'ms'),
      figure('peak memory', (await server.ask('memory')).peak / 1e6, 'MB'),
      figure(`${vanishing} clients vanish: members left`, left.members - staying),
      figure('… sockets left', left.sockets - staying),
      figure('… all gone after', gone, 'ms'),
      figure(`stop with ${left.members} clients: all has ended after`, stopping, 'ms'),
    ];
  },
  notes: ['A client that does not read is thrown out once 100 messages wait for it; the others go on.'],
};
export default program;
