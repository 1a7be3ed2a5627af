/**
 * The backend for Node.js (and runtimes that behave like it): see `host-connection.ts`. `later` is `setImmediate`:
 * Node serves due timers and sockets in between.
 */
import type { Backend } from '../kernel/backend.js';
import { HostConnection } from './host-connection.js';

class NodeConnection extends HostConnection {
  /** At most one is set: a turn that came sooner, by a wake-up, may have asked again. */
  private immediate: NodeJS.Immediate | undefined;

  later(): void {
    this.forget();
    this.immediate = setImmediate(() => {
      this.immediate = undefined;
      this.soon();
    });
  }

  override close(): void {
    super.close();
    this.forget();
  }

  private forget(): void {
    if (this.immediate === undefined) return;
    clearImmediate(this.immediate);
    this.immediate = undefined;
  }
}

export const nodeBackend: Backend = {
  name: 'node',
  now: () => performance.now(),
  connect: (turn) => new NodeConnection(turn),
};
