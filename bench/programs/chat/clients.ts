/**
 * The clients of a chat, thousands of them in one process: so all times are of one clock, and a message can carry the
 * moment at which it was sent.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { answer } from '../support/commands.js';

/** So many connect at a time: a server's queue of connections is short. */
const BATCH = 100;
/** What has not come by then is lost. */
const PATIENCE_MS = 10_000;

/** Messages in the flooded room that those who read may be behind: far fewer than a server has to keep for them. */
const WINDOW = 8;

export interface Talk {
  readonly rate: number;
  readonly seconds: number;
  /** In the flooded room so many long messages come as fast as its readers read. */
  readonly flood?: { readonly bytes: number; readonly count: number };
}

export interface Heard {
  readonly sent: number;
  readonly delivered: number;
  readonly expected: number;
  /** Milliseconds from sending to receiving, for each receiver. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

let histogram = createHistogram();
let delivered = 0;
let onReceive: () => void = () => {};

class Client {
  readonly socket: Socket;
  received = 0;
  private rest = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (chunk: string) => this.receive(chunk));
    socket.on('error', () => {}); // the server may be gone first
  }

  static async join(port: number, name: string, room: string): Promise<Client> {
    const client = new Client(await dial(port));
    client.say(`${name} ${room}`);
    return client;
  }

  say(text: string): void {
    this.socket.write(`${text}\n`);
  }

  private receive(chunk: string): void {
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const sentAt = Number(line.split(' ', 2)[1]);
      histogram.record(Math.max(1, Math.round((performance.now() - sentAt) * 1e6)));
      delivered++;
      this.received++;
    }
    onReceive();
  }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** The rooms where people talk, each with its clients, and those of the flooded room who read. */
let rooms: Client[][] = [];
let readers: Client[] = [];

/** Something at a steady rate for some time. */
async function steadily(rate: number, seconds: number, act: (index: number) => void): Promise<void> {
  const begin = performance.now();
  const total = Math.round(rate * seconds);
  for (let done = 0; done < total; ) {
    while (done < total && begin + (done * 1000) / rate <= performance.now()) act(done++);
    await delay(1);
  }
}

const commands = {
  /** Gives how many have connected. */
  async connect(port: number, roomCount: number, roomSize: number): Promise<number> {
    const all: Client[] = [];
    const total = roomCount * roomSize;
    while (all.length < total) {
      const batch = Array.from({ length: Math.min(BATCH, total - all.length) }, (_, i) => all.length + i);
      all.push(...(await Promise.all(batch.map((i) => Client.join(port, `c${i}`, `r${i % roomCount}`)))));
    }
    rooms = Array.from({ length: roomCount }, (_, room) =>
      all.filter((_client, i) => i % roomCount === room),
    );
    return all.length;
  },

  /** Fills the flooded room: some read, some do not. */
  async connectFlooded(port: number, readerCount: number, sluggardCount: number): Promise<void> {
    const join = (name: string) => Client.join(port, name, 'flooded');
    readers = await Promise.all(Array.from({ length: readerCount }, (_, i) => join(`f${i}`)));
    const sluggards = await Promise.all(Array.from({ length: sluggardCount }, (_, i) => join(`s${i}`)));
    for (const { socket } of sluggards) socket.pause();
  },

  async talk({ rate, seconds, flood }: Talk): Promise<Heard> {
    histogram = createHistogram();
    delivered = 0;
    let sent = 0;
    let expected = 0;
    const talking = steadily(rate, seconds, (i) => {
      const room = rooms[i % rooms.length] ?? [];
      room[i % room.length]?.say(`${performance.now()} ${'x'.repeat(40)}`);
      sent++;
      expected += room.length;
    });
    const text = 'x'.repeat(flood?.bytes ?? 0);
    let left = flood?.count ?? 0;
    let flooded = 0;
    onReceive = () => {
      for (; left > 0 && readers.every(({ received }) => flooded - received < WINDOW); left--) {
        flooded++;
        readers[0]?.say(`${performance.now()} ${text}`);
        sent++;
        expected += readers.length;
      }
    };
    onReceive();
    await talking;
    const end = performance.now() + PATIENCE_MS;
    while ((left > 0 || delivered < expected) && performance.now() < end) await delay(1);
    const at = (percent: number) => histogram.percentile(percent) / 1e6;
    return { sent, delivered, expected, p50: at(50), p99: at(99), p999: at(99.9) };
  },

  /** The last so many of each room are gone without a word. */
  vanish(perRoom: number): void {
    for (const room of rooms) for (const client of room.splice(-perRoom)) client.socket.resetAndDestroy();
  },

  /** Milliseconds from its first move until a client that says nothing is thrown out. */
  async keepSilent(port: number): Promise<number> {
    const begin = performance.now();
    const socket = await dial(port);
    socket.resume().on('error', () => {});
    await once(socket, 'close');
    return performance.now() - begin;
  },
};

export type ClientCommands = typeof commands;

answer(commands);
