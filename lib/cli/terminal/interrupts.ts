/**
 * Ctrl-C at a terminal means the debugger, not the program: it stops the motion that is under way. A program that
 * listens to SIGINT, as `main()` does, would be cancelled by it, so the signal is caught before anybody hears of it.
 */

type Emit = typeof process.emit;

export class Interrupts implements Disposable {
  private readonly emit: Emit;
  private readonly keep: () => void = () => {};

  /** To be made before the program listens: Node binds a signal to `process.emit` when the first listener comes. */
  constructor(onInterrupt: () => void) {
    const emit: Emit = process.emit;
    this.emit = emit;
    process.emit = function (this: NodeJS.Process, event: string, ...args: unknown[]): boolean {
      if (event !== 'SIGINT') return Reflect.apply(emit, this, [event, ...args]) as boolean;
      onInterrupt();
      return true;
    } as Emit;
    process.on('SIGINT', this.keep);
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.keep);
    process.emit = this.emit;
  }
}
