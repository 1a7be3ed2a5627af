/**
 * A client's connection that stays open, with one request at a time. It knows as much of HTTP as it needs, so that it
 * costs less than the service does.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';

/** Called with the status and the body of an answer. */
export type Answered = (status: string, body: string) => void;

export class Connection {
  private readonly socket: Socket;
  private text = '';
  private answered: Answered | undefined;
  private hasHungUp = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (chunk: string) => this.receive(chunk));
    socket.on('close', () => {
      if (!this.hasHungUp) throw new Error('the service hung up');
    });
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  ask(path: string, answered: Answered): void {
    this.answered = answered;
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }

  hangUp(): void {
    this.hasHungUp = true;
    this.socket.destroy();
  }

  private receive(chunk: string): void {
    this.text += chunk;
    const head = this.text.indexOf(END_OF_HEAD);
    if (head < 0) return;
    const begin = head + END_OF_HEAD.length;
    const length = /content-length: (\d+)/i.exec(this.text)?.[1];
    // An answer without a length comes in chunks, with their sizes, the last of which is 0.
    const last = this.text.indexOf(LAST_CHUNK, begin);
    if (length === undefined && last < 0) return;
    const end = length === undefined ? last + LAST_CHUNK.length : begin + Number(length);
    if (this.text.length < end) return;
    const body = this.text.slice(begin, end);
    const status = this.text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
    this.text = this.text.slice(end);
    const { answered } = this;
    this.answered = undefined;
    answered?.(status, body);
  }
}
