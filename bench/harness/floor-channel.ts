/**
 * A bounded channel for the floor. Every send and every receive goes through the run queue, as each `await` does.
 *
 * The two requests are made once for each channel; what is being sent waits in a field from the call until the yield
 * that follows it at once.
 */
import { delegation } from './delegation.js';
import { type Delegable, pass, type Task, wake } from './floor.js';

function delegable(start: (task: Task) => boolean): Delegable {
  return {
    start,
    [Symbol.iterator]() {
      return delegation(this);
    },
  };
}

export class FloorChannel {
  private readonly size: number;
  private readonly items: number[] = [];
  private readonly receivers: Task[] = [];
  private readonly senders: { readonly task: Task; readonly item: number }[] = [];
  private outgoing = 0;
  private readonly sending: Delegable;
  private readonly receiving: Delegable;

  constructor(size: number) {
    this.size = size;
    this.sending = delegable((task) => this.startSend(task, this.outgoing));
    this.receiving = delegable((task) => this.startReceive(task));
  }

  send(item: number): Delegable {
    this.outgoing = item;
    return this.sending;
  }

  receive(): Delegable {
    return this.receiving;
  }

  private startSend(task: Task, item: number): boolean {
    const receiver = this.receivers.shift();
    if (receiver !== undefined) wake(receiver, item);
    else if (this.items.length < this.size) this.items.push(item);
    else {
      this.senders.push({ task, item });
      return false;
    }
    return pass.start(task);
  }

  private startReceive(task: Task): boolean {
    if (this.items.length === 0) {
      this.receivers.push(task);
      return false;
    }
    wake(task, this.items.shift());
    const sender = this.senders.shift();
    if (sender !== undefined) {
      this.items.push(sender.item);
      wake(sender.task);
    }
    return false;
  }
}
