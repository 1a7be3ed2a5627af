/**
 * Turns a random program (`programs.ts`) into coroutines that tell the model (`model.ts`) of all they do, and
 * hold what the engine answers against what the model expects. Statements that hold others are in `compounds.ts`
 * and `families.ts`.
 */
import {
  type Coroutine,
  call,
  cancelShieldedCheckpoint,
  checkpoint,
  checkpointIfCancelled,
  coroutine,
  currentTime,
  type Effect,
  KEEP_WAITING,
  sleep,
  sleepUntil,
  suspend,
  TaskCancelled,
  TaskFailed,
} from 'treadle';
import { runScope, runTry } from './compounds.js';
import { describeError, type Ending, returned, threw } from './ending.js';
import { type ModelScope, type ModelTask, type Parked, pick, type Wait } from './entities.js';
import type { Executor } from './executor.js';
import { runGroup, runStart, spawn } from './families.js';
import type { Model } from './model.js';
import type { Block, Leaf, Statement } from './programs.js';

/** What a program needs from outside itself. */
export interface Surroundings {
  readonly abort: () => void;
}

export class Interpreter implements Executor {
  /** The same statements entered through a function made by `coroutine`. */
  readonly framed: (task: ModelTask, block: Block) => Effect<void>;

  constructor(
    readonly model: Model,
    readonly surroundings: Surroundings,
  ) {
    this.framed = coroutine('framed', (task: ModelTask, block: Block) => this.execute(task, block));
  }

  *execute(task: ModelTask, block: Block): Coroutine<void> {
    this.model.opened++;
    try {
      for (const statement of block) {
        this.model.look(task);
        yield* this.statement(task, statement);
      }
    } finally {
      this.model.closed++;
    }
  }

  private *statement(task: ModelTask, statement: Statement): Coroutine<void> {
    switch (statement.do) {
      case 'frame':
        if (statement.via === 'call') return yield* call(() => this.execute(task, statement.body));
        return yield* statement.via === 'coroutine'
          ? this.framed(task, statement.body)
          : this.execute(task, statement.body);
      case 'scope':
        return yield* runScope(this, task, statement);
      case 'group':
        return yield* runGroup(this, task, statement);
      case 'start':
        return yield* runStart(this, task, statement);
      case 'try':
        return yield* runTry(this, task, statement);
      case 'sleep':
      case 'sleepUntil':
      case 'checkpoint':
      case 'park':
      case 'join':
        return yield* this.leaf(task, statement);
      default:
        return this.act(task, statement);
    }
  }

  /** Yields one effect and tells the model how that ended. */
  *perform(wait: Wait, effect: Effect<unknown>, star: boolean): Coroutine<Ending> {
    let ending: Ending;
    try {
      ending = returned(star ? yield* effect : yield effect);
    } catch (error) {
      ending = threw(error);
    }
    this.model.settle(wait, ending);
    return ending;
  }

  private *leaf(task: ModelTask, leaf: Leaf): Coroutine<void> {
    const { model } = this;
    switch (leaf.do) {
      case 'sleep':
        return yield* this.timed(
          task,
          `sleep(${leaf.ms})`,
          currentTime() + leaf.ms,
          sleep(leaf.ms),
          leaf.star,
        );
      case 'sleepUntil': {
        const deadline = model.startTime + leaf.at;
        return yield* this.timed(task, `sleepUntil(${leaf.at})`, deadline, sleepUntil(deadline), leaf.star);
      }
      case 'checkpoint': {
        const shielded = leaf.kind === 'shielded';
        const wait = model.park(task, `checkpoint ${leaf.kind}`, { loose: true, cancellable: !shielded });
        const effects = {
          full: checkpoint,
          ifCancelled: checkpointIfCancelled,
          shielded: cancelShieldedCheckpoint,
        };
        const ending = yield* this.perform(wait, effects[leaf.kind](), leaf.star);
        if (ending.kind === 'error') this.unexpected(wait, ending.error);
        if (ending.kind !== 'value') throw ending.error;
        return;
      }
      case 'park':
        return yield* this.park(task, leaf);
      case 'join':
        return yield* this.join(task, leaf);
    }
  }

  private unexpected(wait: Wait, error: unknown): void {
    this.model.violate(`${wait.task.name} ${wait.label}: unexpected ${describeError(error)}`);
    this.model.raise(error);
  }

  private *timed(
    task: ModelTask,
    label: string,
    deadline: number,
    effect: Effect<void>,
    star: boolean,
  ): Coroutine<void> {
    const due = Math.max(deadline, currentTime());
    const wait = this.model.park(task, label, { due });
    const ending = yield* this.perform(wait, effect, star);
    if (ending.kind === 'error') this.unexpected(wait, ending.error);
    if (ending.kind !== 'value') throw ending.error;
    // The virtual clock stands still while tasks run, and jumps to the very next deadline.
    if (currentTime() !== due) {
      this.model.violate(`L8 ${task.name} ${label}: woke at ${currentTime()}, due at ${due}`);
    }
  }

  private *park(task: ModelTask, leaf: Leaf & { do: 'park' }): Coroutine<void> {
    const { model } = this;
    // A wait that cannot be given up would keep a deadlocked run for ever: not where nobody looks after it.
    const keep = leaf.as === 'keep' && !model.options.mayDeadlock;
    const value = model.valueCount++;
    const failure = model.newError();
    const wait = model.park(task, `park(${leaf.channel}) ${leaf.as} #${value}`, { yields: !keep });
    const line = this.line(leaf.channel);
    let starts = 0;
    let aborts = 0;
    const effect = suspend<number>(
      (resume, fail) => {
        starts++;
        if (leaf.as === 'atOnce' || leaf.as === 'failAtOnce') {
          wait.woken = true;
          if (leaf.as === 'atOnce') resume(value);
          else fail(failure);
          resume(-1); // the first answer wins
          return undefined;
        }
        const parked = { wait, keep, resume: () => resume(value), fail: () => fail(failure) };
        line.push(parked);
        return () => {
          aborts++;
          if (!wait.scope.effectivelyCancelled) {
            if (model.options.mayDeadlock) model.expectDeadlock();
            model.violate(`${task.name} ${wait.label}: aborted, though nothing is cancelled`);
          }
          if (wait.woken) model.violate(`C3 ${task.name} ${wait.label}: aborted after it was answered`);
          if (keep) return KEEP_WAITING;
          line.splice(line.indexOf(parked), 1);
          return undefined;
        };
      },
      { foreign: false },
    );
    if (starts > 0) model.violate('V1: creating an effect started it');
    const ending = yield* this.perform(wait, effect, leaf.star);
    if (starts !== (wait.cancelledOnEntry ? 0 : 1)) {
      model.violate(`C3 ${task.name} ${wait.label}: the starter ran ${starts} times`);
    }
    if (!keep && aborts !== (ending.kind === 'cancelled' && starts > 0 ? 1 : 0)) {
      model.violate(`C3 ${task.name} ${wait.label}: aborted ${aborts} times, and ended with ${ending.kind}`);
    }
    if (ending.kind === 'value' && ending.value !== value) {
      model.violate(`${task.name} ${wait.label}: resumed with ${String(ending.value)}`);
    }
    if (ending.kind === 'value') return;
    if (ending.kind === 'error') {
      model.raise(ending.error);
      if (ending.error !== failure) this.unexpected(wait, ending.error);
    }
    throw ending.error;
  }

  private *join(task: ModelTask, leaf: Leaf & { do: 'join' }): Coroutine<void> {
    const { model } = this;
    const target = pick(
      model.tasks.filter((other) => other !== task && other.handle !== undefined),
      leaf.task,
    );
    if (target?.handle === undefined) return;
    const { handle } = target;
    const wait = model.park(task, `join(${target.name}) ${leaf.how}`, {
      loose: target.ending !== undefined,
      target,
    });
    let ending: Ending;
    try {
      ending = returned(leaf.how === 'value' ? yield* handle : yield* handle.wait());
    } catch (error) {
      ending = threw(error);
    }
    model.settle(wait, ending);
    if (ending.kind === 'cancelled') throw ending.error;
    this.judgeJoin(`G6 ${task.name} ${wait.label}`, target, leaf.how, ending);
    if (ending.kind === 'error') throw ending.error;
  }

  private judgeJoin(at: string, target: ModelTask, how: 'value' | 'wait', ending: Ending): void {
    const { model } = this;
    if (ending.kind === 'error') model.raise(ending.error);
    const told = target.ending;
    if (told === undefined) model.violate(`${at}: ended before the task`);
    else if (how === 'wait' || told.kind === 'value') {
      const value = how === 'wait' ? undefined : told.kind === 'value' ? told.value : undefined;
      if (ending.kind !== 'value' || ending.value !== value) model.violate(`${at}: gave ${ending.kind}`);
    } else if (ending.kind !== 'error' || !(ending.error instanceof TaskFailed)) {
      model.violate(`${at}: gave ${ending.kind}, though the task ended with ${told.kind}`);
    } else if (ending.error instanceof TaskCancelled !== (told.kind === 'cancelled')) {
      model.violate(`${at}: gave ${ending.error.name}, though the task ended with ${told.kind}`);
    } else if (told.kind === 'error' && ending.error.cause !== told.error) {
      model.violate(`${at}: the cause is not the error of the task`);
    }
  }

  /** What a statement does at once. The model looks before and after: what was cancelled between the two shows. */
  private act(
    task: ModelTask,
    action: Exclude<Statement, Leaf | { body: Block } | { before: Block }> | Spawn,
  ): void {
    const { model } = this;
    switch (action.do) {
      case 'throw': {
        const error = model.newError();
        model.note(task, `throws ${error.message}`);
        model.raise(error);
        throw error;
      }
      case 'spawn': {
        const group = pick(model.groups, action.group);
        if (group !== undefined) spawn(this, task, group, action.by, action.body);
        break;
      }
      case 'wake':
        this.wake(task, action.channel, action.fail);
        break;
      case 'cancelScope': {
        const scope = pick(
          model.scopes.filter((other) => other.cancelReal !== undefined),
          action.scope,
        );
        if (scope === undefined) break;
        model.note(task, `cancels ${scope.label}`);
        scope.requested = true;
        scope.cancelReal?.();
        break;
      }
      case 'cancelTask': {
        const target = pick(
          model.tasks.filter((other) => other.handle !== undefined),
          action.task,
        );
        if (target === undefined) break;
        model.note(task, `cancels ${target.name}`);
        if (target.ending === undefined) target.scope.requested = true;
        target.handle?.cancel();
        break;
      }
      case 'setShield': {
        const scope = pick(enteredScopes(model), action.scope);
        if (scope?.real === undefined) break;
        model.note(task, `sets ${scope.label}.shield = ${action.on}`);
        model.shieldToggles++;
        scope.shielded = action.on;
        scope.real.shield = action.on;
        break;
      }
      case 'setDeadline': {
        // A shield() has no time of its own: what moving its deadline would mean is left open.
        const scope = pick(
          enteredScopes(model).filter(({ label }) => !label.startsWith('shield')),
          action.scope,
        );
        if (scope?.real === undefined) break;
        model.note(task, `sets ${scope.label}.deadline to now + ${action.ms}`);
        scope.deadline = currentTime() + action.ms;
        scope.real.deadline = scope.deadline;
        break;
      }
      case 'abort':
        model.note(task, 'aborts the signal');
        model.root.requested = true;
        this.surroundings.abort();
        break;
    }
    model.observe();
  }

  /** Wakes the first in line, who must then get the answer whatever happens before it runs. */
  wake(task: ModelTask | undefined, channel: number, fail: boolean): void {
    const parked = this.line(channel).shift();
    if (parked === undefined) return;
    const { wait, keep } = parked;
    if (wait.sawCancel && !keep) {
      this.model.violate(`C6 ${wait.task.name} ${wait.label}: not aborted in the step of the cancel`);
    }
    if (task !== undefined) this.model.note(task, `${fail ? 'fails' : 'resumes'} ${wait.label}`);
    wait.woken = true;
    if (fail) parked.fail();
    else parked.resume();
  }

  private line(channel: number): Parked[] {
    const line = this.model.channels.get(channel) ?? [];
    this.model.channels.set(channel, line);
    return line;
  }
}

type Spawn = Extract<Statement, { do: 'spawn' }>;

function enteredScopes(model: Model): ModelScope[] {
  return model.scopes.filter((scope) => scope.entered && !scope.left);
}
