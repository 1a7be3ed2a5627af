/** What a coroutine leaves with the host, or begins there, before it waits: called as it was called, and begun once. */
import { spawn } from 'node:child_process';
import { EventEmitter, once as emitted } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { type Coroutine, Event, events, once, run, sleep, taskGroup, until, withPortal } from 'treadle';
import { replayRuns } from 'treadle/debug';
import { again, recorded, same } from '../../support/recorded.js';

describe('what a replayed program begins outside', () => {
  it('calls the callbacks of the program when they were called', async () => {
    const emitter = new EventEmitter();
    const target = new EventTarget();
    const main = function* (): Coroutine<unknown> {
      const log: unknown[] = [];
      const [timed, heard, told] = [new Event(), new Event(), new Event()];
      setTimeout(() => {
        log.push(Math.random());
        timed.set();
      }, 2);
      emitter.once('news', (item: unknown) => {
        log.push(item);
        heard.set();
      });
      target.addEventListener('tell', () => told.set());
      yield* timed.wait();
      yield* heard.wait();
      yield* told.wait();
      return [log, timed.isSet, heard.isSet, told.isSet];
    };
    const options = { signal: new AbortController().signal }; // something may come from outside
    const [text, ended] = await recorded(main, options, () => {
      setTimeout(() => emitter.emit('news', { id: 7 }), 5);
      setTimeout(() => target.dispatchEvent(new globalThis.Event('tell')), 8);
    });
    expect(emitter.listenerCount('news')).to.equal(0);
    const replayed = again(main, text, options);
    await delay(5); // the timer would have fired by now
    expect(replayed).to.deep.equal(ended);
    expect(text).to.match(/\["call",1,[\d.]+,"on news/);
  });

  it('calls them once, whoever calls them at replay', async () => {
    const main = function* (): Coroutine<string[]> {
      const log: string[] = [];
      const through = new PassThrough({ encoding: 'utf8' });
      through.on('data', (text: string) => log.push(text));
      through.write('a');
      yield* until(delay(1));
      through.end('b');
      yield* once(through, 'end');
      return log;
    };
    const [text, ended] = await recorded(main);
    expect(ended).to.deep.equal(['a', 'b']);
    const replayed = again(main, text);
    await delay(5);
    expect(replayed).to.deep.equal(ended);
    using _ = replayRuns(text);
    expect(await run(main)).to.deep.equal(ended);
  });

  it('hears what a child process says', async () => {
    const main = function* (): Coroutine<string> {
      const child = spawn(process.execPath, ['-p', 'Math.random()'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      yield* once(child, 'close');
      return text;
    };
    expect(await same(main)).to.match(/^0\.\d+\n$/);
  });

  it('makes no socket connect, no server listen, and no thread', async () => {
    const threads: number[] = [];
    process.on('worker', note);
    function note({ threadId }: Worker): void {
      threads.push(threadId);
    }
    let opened = 0;
    const main = function* (): Coroutine<unknown> {
      const server = new Server((socket) => {
        opened++;
        socket.end('hello');
      });
      server.listen(0, '127.0.0.1');
      yield* until(emitted(server, 'listening'));
      const { port } = (yield* until(Promise.resolve(server.address()))) as { port: number };
      const socket = new Socket();
      socket.setEncoding('utf8').connect(port, '127.0.0.1');
      const [said] = yield* once(socket, 'data');
      server.close();
      const worker = new Worker('1', { eval: true });
      yield* once(worker, 'exit');
      return said;
    };
    try {
      const [text, ended] = await recorded(main);
      expect([ended, opened, threads.length]).to.deep.equal(['hello', 1, 1]);
      const replayed = again(main, text);
      await delay(20);
      expect([replayed, threads.length]).to.deep.equal(['hello', 1]);
    } finally {
      process.off('worker', note);
    }
  });

  it('takes no notice of callbacks that the host leaves with itself', async () => {
    const [text] = await recorded(function* () {
      const through = new PassThrough();
      createReadStream(fileURLToPath(import.meta.url)).pipe(through);
      let length = 0;
      through.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      yield* once(through, 'end');
      return length;
    });
    const keys = [...text.matchAll(/^\["call",1,[\d.]+,"([^"]*)"/gm)].map(([, key]) => key);
    expect(new Set(keys)).to.deep.equal(new Set(['on data (anonymous) 1']));
  });

  it('takes listeners away that the program takes away', async () => {
    const [emitter, target] = [new EventEmitter(), new EventTarget()];
    let count = 0;
    const listener = (): void => void count++;
    await recorded(function* () {
      emitter.on('x', listener).once('x', listener);
      target.addEventListener('x', listener);
      yield* sleep(1);
      emitter.off('x', listener).off('x', listener);
    });
    target.removeEventListener('x', listener);
    target.dispatchEvent(new globalThis.Event('x'));
    expect([emitter.listenerCount('x'), count]).to.deep.equal([0, 0]);
  });

  it('serves again what a server has served through a portal, without a socket', async () => {
    let opened = 0;
    function* handle(request: IncomingMessage, response: ServerResponse): Coroutine<void> {
      yield* sleep(1);
      response.end(`for ${request.url}`);
    }
    const main = function* (): Coroutine<string[]> {
      return yield* withPortal(function* (portal) {
        const server = createServer((request, response) => {
          portal.call(handle, request, response).catch(() => response.destroy());
        });
        server.on('listening', () => opened++);
        server.listen(0, '127.0.0.1');
        yield* once(server, 'listening');
        const { port } = server.address() as { port: number };
        const handles = yield* taskGroup(function* (tg) {
          return ['/a', '/b'].map((path) =>
            tg.startSoon(function* () {
              return yield* until(
                fetch(`http://127.0.0.1:${port}${path}`).then((response) => response.text()),
              );
            }),
          );
        });
        server.close();
        server.closeAllConnections();
        return handles.map((one) => one.returnValue);
      });
    };
    expect(await same(main)).to.deep.equal(['for /a', 'for /b']);
    expect(opened).to.equal(2); // the listener is called at replay too
  });

  it('receives the events that were received, those too that had to wait', async () => {
    const emitter = new EventEmitter();
    const main = function* (): Coroutine<unknown> {
      using news = yield* events(emitter, 'news');
      const first = yield* news.receive();
      yield* sleep(5);
      return [first, yield* news.receive(), yield* news.receive()];
    };
    const [text, ended] = await recorded(main, {}, () => {
      for (const [at, ms] of [1, 2, 3].entries()) setTimeout(() => emitter.emit('news', at), ms);
    });
    expect(ended).to.deep.equal([[0], [1], [2]]);
    expect(again(main, text)).to.deep.equal(ended);
  });
});
