/**
 * The backend for Node.js (and runtimes that behave like it): see `host-connection.ts`. `later` is `setImmediate`:
 * Node serves due timers and sockets in between.
 */
import type { Backend } from '../kernel/backend.js';
import { HostConnection } from './host-connection.js';

class NodeConnection extends HostConnection {
  private immediate: NodeJS.Immediate | undefined;

  later(): void {
    this.immediate = setImmediate(() => this.soon());
  }

  override close(): void {
    super.close();
    clearImmediate(this.immediate);
  }
}

export const nodeBackend: Backend = {
  name: 'node',
  now: () => performance.now(),
  connect: (turn) => new NodeConnection(turn),
};
