/**
 * The backend for browsers, on what the web platform has: see `host-connection.ts` for wake-ups and deadlines.
 *
 * `later` is a message through a MessageChannel: a task of its own, before which the host serves its timers, input
 * and rendering; `setTimeout(0)` would wait 4 ms after a few rounds, and a second in a hidden page. The ball goes
 * back and forth between the two ports, for Node delivers up to a thousand messages to one port before it looks
 * at its timers again: answers to the other port make it go round in between (rule L4).
 *
 *     port1 ──post──▶ port2: turn, which asks for a later one
 *     port1 ◀──post── port2
 *
 * The channel is made at the first `later`. In Node an open port keeps the process alive, so a port is held only
 * while a message is on its way to it.
 *
 * A hidden page is served its timers seldom, once a second or a minute: nothing can change that, but when the page
 * is shown again, what is overdue is done at once and not when the browser comes round to it.
 */
import type { Backend } from '../kernel/backend.js';
import { HostConnection } from './host-connection.js';

/** A port as Node has it; in browsers ports keep nothing alive. */
type Port = MessagePort & { ref?(): void; unref?(): void };

class WebConnection extends HostConnection {
  /** The port that the next message goes to, and the one that it is posted from. */
  private to: Port | null = null;
  private from: Port | null = null;
  private readonly page: Document | undefined;

  constructor(turn: () => void) {
    super(turn);
    this.page = globalThis.document as Document | undefined;
    this.page?.addEventListener('visibilitychange', this.onVisibility);
  }

  later(): void {
    if (this.to === null || this.from === null) this.open();
    const { to, from } = this;
    to?.ref?.();
    from?.postMessage(null);
  }

  override close(): void {
    super.close();
    this.page?.removeEventListener('visibilitychange', this.onVisibility);
    this.from?.close();
    this.to?.close();
    this.from = this.to = null;
  }

  private open(): void {
    const { port1, port2 } = new MessageChannel();
    for (const port of [port1, port2] as Port[]) {
      port.onmessage = () => {
        port.unref?.();
        if (this.to !== port) return; // closed meanwhile
        this.to = this.from;
        this.from = port;
        this.soon();
      };
      port.unref?.();
    }
    this.from = port1;
    this.to = port2;
  }

  private readonly onVisibility = (): void => {
    if (this.page?.visibilityState === 'visible' && this.isOverdue) this.timeHasCome();
  };
}

export const webBackend: Backend = {
  name: 'web',
  now: () => performance.now(),
  connect: (turn) => new WebConnection(turn),
};
