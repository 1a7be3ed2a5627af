/** What is known of a process before it is touched: how its sockets and options are read. */
import { createServer } from 'node:net';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  checkProcess,
  idsOf,
  listenersOf,
  parseLsof,
  parseProcNet,
  portIn,
  takesSignal,
} from '../../../lib/debug/attach/attach-process.js';

/** As Linux prints it on x86: the bytes of an address in the order of the machine. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:240D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 222 1
   2: 0100007F:240E 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 333 1
`;
const TABLE_6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 00000000000000000000000001000000:240D 00000000000000000000000000000000:0000 0A 0:0 00:0 0 1000 0 444 1
`;

describe('a process to attach to', () => {
  it('listens where the tables of the system say: only its own sockets, and only those that listen', () => {
    expect(parseProcNet(TABLE, () => true)).to.deep.equal([
      { host: '127.0.0.1', port: 9229 },
      { host: '127.0.0.1', port: 80 },
    ]);
    expect(parseProcNet(TABLE, (inode) => inode === '222')).to.deep.equal([{ host: '127.0.0.1', port: 80 }]);
    expect(parseProcNet(TABLE_6, () => true)).to.deep.equal([{ host: '0:0:0:0:0:0:0:1', port: 9229 }]);
  });

  it('listens where lsof says, on systems without such tables', () => {
    expect(parseLsof('p12\nf21\nn127.0.0.1:9229\nf22\nn[::1]:8080\nf23\nn*:80\n')).to.deep.equal([
      { host: '127.0.0.1', port: 9229 },
      { host: '::1', port: 8080 },
      { host: '127.0.0.1', port: 80 },
    ]);
  });

  it('is asked at the port that it was started with, by default 9229', () => {
    const port = (...options: string[]): number => portIn(options.join('\0'));
    expect(port('node', 'app.js')).to.equal(9229);
    expect(port('node', '--inspect-port=9333', 'app.js')).to.equal(9333);
    expect(port('node', '--inspect-port', '9334', 'app.js')).to.equal(9334);
    expect(port('node', '--inspect=0.0.0.0:9335', 'app.js')).to.equal(9335);
    expect(port('node', '--inspect-brk=[::1]:9336', 'app.js')).to.equal(9336);
    expect(port('node', '--inspect', 'app.js', '8000')).to.equal(9229);
    expect(port('--inspect-port=1', 'node', '--inspect-port=0')).to.equal(0);
    expect(port('node', '--debug-port=5', '--inspect-ports=6')).to.equal(5);
  });

  it('is refused if it is not there, is the one that asks, or has no such id', () => {
    expect(() => checkProcess(2 ** 30)).to.throw('there is no process 1073741824: it may have ended');
    expect(() => checkProcess(process.pid)).to.throw('that is the process that asks; inspectTasks()');
    for (const pid of [0, -5, 1.5, Number.NaN]) {
      expect(() => checkProcess(pid)).to.throw('a process id is a whole number above 0');
    }
  });

  it("is refused if it is another user's", () => {
    const kill = sinon.stub(process, 'kill').throws(Object.assign(new Error(), { code: 'EPERM' }));
    try {
      expect(() => checkProcess(process.pid + 1)).to.throw(
        /belongs to another user: look into it as that user/,
      );
      expect(kill.args).to.deep.equal([[process.pid + 1, 0]]);
    } finally {
      kill.restore();
    }
  });

  if (process.platform === 'linux') {
    it('is this one, say: it takes the signal, knows its id, and is heard to listen', async () => {
      expect(takesSignal(process.pid)).to.equal(true);
      expect(idsOf(process.pid)).to.include(process.pid);
      const before = listenersOf(process.pid) ?? [];
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const { port } = server.address() as { port: number };
      try {
        const now = listenersOf(process.pid) ?? [];
        expect(now).to.deep.include({ host: '127.0.0.1', port });
        expect(now).to.have.length(before.length + 1);
      } finally {
        server.close();
      }
    });
  }
});
