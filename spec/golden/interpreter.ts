/**
 * Runs the programs of the fixture on Treadle: the twin of golden.py, statement for statement. Whoever changes one
 * changes both.
 */
import {
  CancelScope,
  ClosedResourceError,
  Condition,
  type Coroutine,
  call,
  cancelShieldedCheckpoint,
  checkpoint,
  checkpointIfCancelled,
  currentTime,
  Event,
  ExceptionGroup,
  failAfter,
  failAt,
  MemoryObjectReceiveStream,
  MemoryObjectSendStream,
  moveOnAfter,
  moveOnAt,
  type Operation,
  runSync,
  sleep,
  sleepUntil,
  type TaskGroup,
  TaskHandle,
  type TaskStatus,
  taskGroup,
} from 'treadle';
import type { Action, Block, Leaf, Named, Of, OnCondition, Spawn, Statement } from './program.js';
import { acquisition, join, show, Things } from './things.js';

/** What each task did, by name: a line for each thing, with the time. */
export type Story = Record<string, string[]>;

type Status = TaskStatus<unknown> | undefined;

/** By then a program that waits for nothing is cancelled, and later its shields are taken down. */
const ROOT_LIMIT = 1_000_000;

/** How statements are entered, or that there are pauses between them: which makes no difference to what they do. */
export const VIAS = ['delegate', 'call', 'pauses'] as const;
export type Via = (typeof VIAS)[number];

export function play(program: Block, via: Via): Story {
  const player = new Player(program, via);
  runSync(() => player.run());
  return player.story;
}

class Player {
  readonly story: Story = {};
  private readonly things = new Things();
  private readonly groups = new Map<string, TaskGroup>();
  private readonly entered: CancelScope[] = [];
  private startTime = 0;
  private pauses = 0;

  constructor(
    private readonly program: Block,
    private readonly via: Via,
  ) {}

  *run(): Coroutine<void> {
    this.startTime = currentTime();
    yield* taskGroup((tg) => this.root(tg));
  }

  private *root(tg: TaskGroup): Coroutine<void> {
    tg.startSoon(() => this.reap());
    yield* moveOnAfter(ROOT_LIMIT, () => this.task('main', this.program, undefined));
    tg.cancel();
  }

  private *reap(): Coroutine<void> {
    for (let turn = 0; turn < 8; turn++) {
      yield* sleepUntil(this.startTime + ROOT_LIMIT * (2 + turn));
      for (const scope of [...this.entered]) scope.shield = false;
    }
  }

  private *task(name: string, body: Block, status: Status): Coroutine<void> {
    try {
      yield* this.block(name, body, status);
    } catch (error) {
      this.tell(name, `ends ${show(error)}`);
      if (name !== 'main') throw error;
      return;
    }
    this.tell(name, 'ends');
  }

  private tell(name: string, text: string): void {
    this.story[name] ??= [];
    this.story[name].push(`${currentTime() - this.startTime} ${text}`);
  }

  /** Gives true when the block was left by a return. */
  private block(name: string, body: Block, status: Status): Operation<boolean> {
    const coroutine = () => this.statements(name, body, status);
    return this.via === 'call' ? call(coroutine) : coroutine();
  }

  private *statements(name: string, body: Block, status: Status): Coroutine<boolean> {
    for (const statement of body) {
      if (this.via === 'pauses') yield* this.pause();
      if (yield* this.statement(name, statement, status)) return true;
    }
    return false;
  }

  /** Now and then other tasks take a few steps more, by which golden.py has told what depends on that. */
  private *pause(): Coroutine<void> {
    this.pauses++;
    for (let left = (this.pauses * this.pauses) % 7; left > 0; left--) yield* cancelShieldedCheckpoint();
  }

  private *statement(name: string, s: Statement, status: Status): Coroutine<boolean> {
    switch (s.op) {
      case 'atomic':
        return this.atomic(name, s.body);
      case 'return':
        this.tell(name, 'return');
        return true;
      case 'started':
        return this.started(name, s, status);
      case 'scope':
        return yield* this.scope(name, s, status);
      case 'group':
        return yield* this.group(name, s, status);
      case 'spawn':
        return this.spawn(name, s);
      case 'start':
        return yield* this.start(name, s);
      case 'hold':
        return yield* this.hold(name, s, status);
      case 'try':
        return yield* this.attempt(name, s, status);
      default:
        return yield* this.leaf(name, s);
    }
  }

  private *leaf(name: string, s: Leaf): Coroutine<boolean> {
    let value: unknown;
    try {
      value = yield* this.wait(name, s);
    } catch (error) {
      this.tell(name, `${s.op} ${show(error)}`);
      throw error;
    }
    this.tell(name, value === undefined ? s.op : `${s.op} ${value}`);
    return false;
  }

  private *wait(name: string, s: Leaf): Coroutine<unknown> {
    switch (s.op) {
      case 'sleep':
        return yield* sleep(s.ms);
      case 'checkpoint':
        return yield* checkpoint();
      case 'checkpointIfCancelled':
        return yield* checkpointIfCancelled();
      case 'shieldedCheckpoint':
        return yield* cancelShieldedCheckpoint();
      case 'throw':
      case 'throwGroup':
      case 'deadline':
      case 'event':
      case 'lock':
      case 'semaphore':
      case 'limiter':
      case 'condition':
      case 'channel':
        return this.things.make(s);
    }
    const thing = this.things.get(s.on);
    switch (s.op) {
      case 'join':
        return thing instanceof TaskHandle && s.on !== name ? yield* join(thing, s.value) : 'nothing';
      case 'waitEvent':
        return thing instanceof Event ? yield* thing.wait() : 'nothing';
      case 'send':
        return thing instanceof MemoryObjectSendStream ? yield* thing.send(s.value) : 'nothing';
      case 'receive':
        return thing instanceof MemoryObjectReceiveStream ? yield* thing.receive() : 'nothing';
      case 'notify':
      case 'waitCondition':
        return thing instanceof Condition ? yield* this.condition(name, s, thing) : 'nothing';
    }
  }

  private *condition(name: string, s: OnCondition, condition: Condition): Coroutine<void> {
    using _ = yield* condition.acquire();
    if (s.op === 'notify') {
      if (s.n === 0) condition.notifyAll();
      else condition.notify(s.n);
      return;
    }
    try {
      yield* condition.wait();
    } finally {
      this.tell(name, 'holds the lock again');
    }
  }

  private atomic(name: string, actions: readonly Action[]): false {
    for (const action of actions) {
      let value: unknown;
      try {
        value = this.things.act(action);
      } catch (error) {
        value = show(error);
      }
      this.tell(name, value === undefined ? action.op : `${action.op} ${value}`);
    }
    return false;
  }

  private started(name: string, s: Of<'started'>, status: Status): false {
    if (status === undefined) {
      this.tell(name, 'started nobody');
      return false;
    }
    try {
      status.started(s.value);
      this.tell(name, 'started');
    } catch {
      this.tell(name, 'started twice');
    }
    return false;
  }

  private *scope(name: string, s: Of<'scope'>, status: Status): Coroutine<boolean> {
    const { ms = 0, shield = false } = s;
    const at = currentTime() + ms;
    const options = { shield };
    const body = (scope: object) => this.inside(name, s, status, scope as CancelScope);
    try {
      switch (s.kind) {
        case 'scope':
          yield* new CancelScope(options).run(body);
          break;
        case 'deadline':
          yield* new CancelScope({ ...options, deadline: at }).run(body);
          break;
        case 'moveOnAfter':
          yield* moveOnAfter(ms, body, options);
          break;
        case 'moveOnAt':
          yield* moveOnAt(at, body, options);
          break;
        case 'failAfter':
          yield* failAfter(ms, body, options);
          break;
        case 'failAt':
          yield* failAt(at, body, options);
      }
    } catch (error) {
      this.tell(name, `${s.name} ${show(error)}`);
      throw error;
    } finally {
      this.left(s.name);
    }
    const { cancelledCaught } = this.things.get(s.name) as CancelScope;
    this.tell(name, `${s.name} left, caught ${cancelledCaught}`);
    return false;
  }

  private inside(name: string, s: Named, status: Status, scope: CancelScope): Operation<boolean> {
    this.things.set(s.name, scope);
    this.entered.push(scope);
    return this.block(name, s.body, status);
  }

  private left(name: string): void {
    this.entered.splice(this.entered.indexOf(this.things.get(name) as CancelScope), 1);
  }

  private *group(name: string, s: Of<'group'>, status: Status): Coroutine<boolean> {
    try {
      yield* taskGroup((tg) => {
        this.groups.set(s.name, tg);
        return this.inside(name, s, status, tg.cancelScope);
      });
      yield* checkpointIfCancelled(); // rule G3: see golden.spec.ts
    } catch (error) {
      this.tell(name, `${s.name} ${show(error)}`);
      throw error;
    } finally {
      this.left(s.name);
    }
    this.tell(name, `${s.name} left`);
    return false;
  }

  private spawn(name: string, s: Spawn): false {
    const group = this.groups.get(s.group);
    if (group === undefined) {
      this.tell(name, 'spawn nothing');
      return false;
    }
    try {
      this.things.set(s.task, group.createTask(this.task(s.task, s.body, undefined)));
      this.tell(name, `spawn ${s.task}`);
    } catch (error) {
      if (!(error instanceof ClosedResourceError)) throw error;
      this.tell(name, 'spawn closed');
    }
    return false;
  }

  private *start(name: string, s: Spawn): Coroutine<boolean> {
    const group = this.groups.get(s.group);
    if (group === undefined) {
      this.tell(name, 'start nothing');
      return false;
    }
    try {
      const run = (status: TaskStatus<unknown>) => this.task(s.task, s.body, status);
      const handle = yield* group.startTask(run, []);
      this.things.set(s.task, handle);
      this.tell(name, `start ${handle.startValue}`);
    } catch (error) {
      const isClosed = error instanceof ClosedResourceError && error.message.includes('has ended');
      this.tell(name, `start ${isClosed ? 'closed' : show(error)}`);
      if (!isClosed) throw error;
    }
    return false;
  }

  private *hold(name: string, s: Of<'hold'>, status: Status): Coroutine<boolean> {
    const acquire = acquisition(this.things.get(s.on));
    if (acquire === undefined) {
      this.tell(name, 'hold nothing');
      return false;
    }
    let guard: Disposable;
    try {
      guard = yield* acquire;
    } catch (error) {
      const isHeld = error instanceof Error && error.name === 'AlreadyHeldError';
      this.tell(name, `hold ${isHeld ? 'already' : show(error)}`);
      if (isHeld) return false;
      throw error;
    }
    using _ = guard;
    this.tell(name, `hold ${s.on}`);
    return yield* this.block(name, s.body, status);
  }

  private *attempt(name: string, s: Of<'try'>, status: Status): Coroutine<boolean> {
    try {
      return yield* this.block(name, s.body, status);
    } catch (error) {
      const shown = show(error);
      if (s.catch === 'none' || (s.catch === 'errors' && shown === 'Cancelled')) throw error;
      this.tell(name, `caught ${shown}`);
      if (yield* this.block(name, s.handler, status)) return true;
      if (s.catch === 'rethrow') throw error;
      if (s.catch === 'wrap') throw new ExceptionGroup([error, ...s.errors.map((name) => new Error(name))]);
      return false;
    } finally {
      if (s.finally.length > 0) {
        this.tell(name, 'finally');
        yield* this.block(name, s.finally, status);
      }
    }
  }
}
