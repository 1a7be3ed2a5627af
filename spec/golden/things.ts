/** What the statements of a program have made, by name, and what can be done to it at once. The twin of golden.py. */
import {
  CancelScope,
  CapacityLimiter,
  Condition,
  type Coroutine,
  createMemoryObjectStream,
  currentEffectiveDeadline,
  currentTime,
  type Effect,
  Event,
  ExceptionGroup,
  isCancelled,
  Lock,
  MemoryObjectReceiveStream,
  MemoryObjectSendStream,
  Semaphore,
  TaskCancelled,
  TaskFailed,
  TaskHandle,
} from 'treadle';
import type { Action, AtOnce } from './program.js';

/** What an error is called. Out of groups that the program makes itself, cancellations are left out too. */
export function show(error: unknown): string {
  if (error instanceof ExceptionGroup) {
    const shown = error.errors.map(show).filter((name) => name !== 'Cancelled');
    return shown.length > 0 ? `[${shown.join(' ')}]` : 'Cancelled';
  }
  if (isCancelled(error)) return 'Cancelled';
  if (error instanceof TaskCancelled) return 'TaskCancelled';
  if (error instanceof TaskFailed) return `TaskFailed(${show(error.cause)})`;
  if (!(error instanceof Error)) return String(error);
  if (error.message.includes('returned before it called started()')) return 'never started';
  return error.name === 'Error' ? error.message : error.name;
}

export class Things {
  private readonly things = new Map<string, unknown>();

  get(name: string): unknown {
    return this.things.get(name);
  }

  set(name: string, thing: unknown): void {
    this.things.set(name, thing);
  }

  make(s: AtOnce): unknown {
    switch (s.op) {
      case 'throw':
        throw new Error(s.error);
      case 'throwGroup':
        throw new ExceptionGroup(s.errors.map((name) => new Error(name)));
      case 'deadline':
        return currentEffectiveDeadline() - currentTime();
      case 'event':
        this.things.set(s.name, new Event());
        break;
      case 'lock':
        this.things.set(s.name, new Lock());
        break;
      case 'semaphore':
        this.things.set(s.name, new Semaphore(s.n));
        break;
      case 'limiter':
        this.things.set(s.name, new CapacityLimiter(s.n));
        break;
      case 'condition':
        this.things.set(s.name, new Condition());
        break;
      case 'channel': {
        const [send, receive] = createMemoryObjectStream<number>(s.n);
        this.things.set(`${s.name}s`, send);
        this.things.set(`${s.name}r`, receive);
      }
    }
    return undefined;
  }

  act(s: Action): unknown {
    const thing = this.things.get(s.on);
    if (thing === undefined) return 'nothing';
    if (thing instanceof CancelScope) return actOnScope(s, thing);
    if (s.op === 'statistics') return statistics(thing as Countable);
    if (s.op === 'acquireNowait') {
      using _ = (thing as Acquirable).acquireNowait();
    } else if (thing instanceof TaskHandle) thing.cancel();
    else if (thing instanceof Event) thing.set();
    else if (thing instanceof CapacityLimiter && s.op === 'setTotal') thing.totalTokens = s.n;
    else if (thing instanceof MemoryObjectSendStream || thing instanceof MemoryObjectReceiveStream) {
      if (s.op === 'close') thing.close();
      else if (s.op === 'clone') this.things.set(s.name, thing.clone());
      else if (thing instanceof MemoryObjectReceiveStream) return thing.receiveNowait();
      else if (s.op === 'sendNowait') thing.sendNowait(s.value);
    }
    return undefined;
  }
}

function actOnScope(s: Action, scope: CancelScope): unknown {
  if (s.op === 'cancel') scope.cancel();
  else if (s.op === 'setDeadline') scope.deadline = s.ms === null ? Infinity : currentTime() + s.ms;
  else if (s.op === 'setShield') scope.shield = s.value;
  else return `called ${scope.cancelCalled}`;
  return undefined;
}

/** How to get hold of what can be held. */
export function acquisition(thing: unknown): Effect<Disposable> | undefined {
  if (thing instanceof Lock) return thing.acquire();
  if (thing instanceof Semaphore) return thing.acquire();
  return thing instanceof CapacityLimiter ? thing.acquire() : undefined;
}

interface Acquirable {
  acquireNowait(): Disposable;
}

type Countable =
  | Event
  | Lock
  | Semaphore
  | CapacityLimiter
  | Condition
  | MemoryObjectSendStream<number>
  | MemoryObjectReceiveStream<number>;

function statistics(thing: Countable): string {
  if (thing instanceof CapacityLimiter) {
    const { borrowedTokens, totalTokens, tasksWaiting } = thing.statistics();
    return `${borrowedTokens} ${totalTokens} ${tasksWaiting}`;
  }
  if (thing instanceof Semaphore) return `${thing.value} ${thing.statistics().tasksWaiting}`;
  if (thing instanceof Lock) return `${thing.statistics().locked} ${thing.statistics().tasksWaiting}`;
  if (thing instanceof Condition) {
    const { lockStatistics, tasksWaiting } = thing.statistics();
    return `${lockStatistics.locked} ${tasksWaiting}`;
  }
  if (thing instanceof Event) return `${thing.isSet} ${thing.statistics().tasksWaiting}`;
  const about = thing.statistics();
  return (
    `${about.currentBufferUsed} ${about.openSendStreams} ${about.openReceiveStreams} ` +
    `${about.tasksWaitingSend} ${about.tasksWaitingReceive}`
  );
}

/** Waits for a task, and tells how it ended. */
export function* join(task: TaskHandle<unknown>, forValue: boolean): Coroutine<string> {
  if (forValue) {
    yield* task;
    return 'finished';
  }
  yield* task.wait();
  if (task.status === 'finished') return 'finished';
  return task.status === 'cancelled' ? 'TaskCancelled' : `TaskFailed(${show(task.exception)})`;
}
