/** Statements of a random program that make tasks: groups, spawning, and `start`. See `interpreter.ts`. */
import { type Coroutine, ExceptionGroup, TaskHandle, type TaskStatus, taskGroup } from 'treadle';
import { describeEnding, describeError, type Ending, returned, threw } from './ending.js';
import { type ModelGroup, type ModelTask, pick } from './entities.js';
import { type Executor, inside, type Of } from './executor.js';
import type { Block } from './programs.js';

export function* runGroup(it: Executor, task: ModelTask, statement: Of<'group'>): Coroutine<void> {
  const { model } = it;
  const group = model.newGroup(task);
  const { collapse } = statement;
  const options = statement.ifCancelled ? { collapse, ifCancelled: 'cut short' } : { collapse };
  let ending: Ending;
  try {
    ending = returned(
      yield* taskGroup(function* (tg) {
        group.real = tg;
        const children: Block = statement.children.map((body) => ({
          do: 'spawn',
          group: 0,
          by: 'startSoon',
          body,
        }));
        const cancelReal = () => tg.cancel();
        return yield* inside(
          it,
          task,
          group.scope,
          tg.cancelScope,
          [...children, ...statement.body],
          cancelReal,
        );
      }, options),
    );
  } catch (error) {
    ending = threw(error);
  }
  judgeGroup(it, task, group, statement, ending);
  if (ending.kind !== 'value') throw ending.error;
}

function judgeGroup(
  it: Executor,
  task: ModelTask,
  group: ModelGroup,
  statement: Of<'group'>,
  ending: Ending,
): void {
  const { model } = it;
  const { scope, errors } = group;
  model.observe();
  const { may, must } = model.verdict(scope);
  group.closed = true;
  group.mayRefuse = true;
  model.leave(task, scope);
  model.note(task, `leaves ${scope.label}: ${describeEnding(ending)}`);
  const at = `${task.name} ${scope.label}`;
  for (const member of group.members) {
    if (member.ending === undefined) model.break(`G1 ${at}: ended before ${member.name}`);
  }
  const body = scope.ending;
  const kept = body?.kind === 'value' ? body.value : statement.ifCancelled ? 'cut short' : undefined;
  if (errors.length > 0) {
    const told =
      ending.kind === 'error' &&
      (statement.collapse && errors.length === 1
        ? ending.error === errors[0]
        : ending.error instanceof ExceptionGroup && sameList(ending.error.errors, errors));
    if (!told) {
      const expected = errors.map(describeError).join(', ');
      model.violate(`G2 ${at}: gave ${describeEnding(ending)}, its members threw ${expected}`);
    }
    return;
  }
  const cancelled = ending.kind === 'cancelled';
  const gave = ending.kind === 'value' && ending.value === kept;
  // A child's Cancelled that was the group's own may be dropped for the value of a body that has returned, although
  // an outer scope is cancelled by now: G3 lets the value stand, and level cancellation makes either harmless.
  const mayGive = may || (scope.cancelled && body?.kind === 'value');
  const right =
    group.endedCancelled || (group.endedUnclear && !gave) ? (cancelled ? !must : mayGive && gave) : gave;
  if (!right) {
    model.violate(`G2/G3/C4 ${at}: gave ${describeEnding(ending)}; may catch: ${may}, must catch: ${must}`);
  }
}

function sameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at]);
}

function* child(it: Executor, task: ModelTask, act: () => Coroutine<void>): Coroutine<number> {
  let ending: Ending | undefined;
  it.model.begin(task);
  try {
    yield* act();
    ending = returned(task.id);
    return task.id;
  } catch (error) {
    ending = threw(error);
    throw error;
  } finally {
    it.model.end(task, ending);
  }
}

/** Spawns a task into any group, open or not, and sees that a closed one refuses. */
export function spawn(
  it: Executor,
  spawner: ModelTask,
  group: ModelGroup,
  by: 'startSoon' | 'createTask',
  body: Block,
): void {
  const { model } = it;
  const tg = group.real;
  if (tg === undefined) return;
  const { mayRefuse, closed } = group;
  const task = model.newTask(group.scope, group);
  model.note(spawner, `spawns ${task.name} into ${group.scope.label}`);
  const act = () => it.execute(task, body);
  try {
    task.handle =
      by === 'startSoon'
        ? tg.startSoon(child, it, task, act)
        : tg.createTask(child(it, task, act), { name: task.name });
  } catch (error) {
    if (!mayRefuse) model.violate(`G4: ${group.scope.label} refused a task: ${describeError(error)}`);
    model.note(spawner, 'is refused');
    unmake(it, task);
    return;
  }
  if (closed) model.violate(`G4: ${group.scope.label} took a task after it was closed`);
  if (task.begun > 0) model.violate(`L1: ${task.name} was run inline`);
}

/** Forgets a task that was never taken. */
function unmake(it: Executor, task: ModelTask): void {
  if (task.begun > 0) it.model.break(`${task.name} was refused and ran`);
  it.model.tasks.splice(it.model.tasks.indexOf(task), 1);
  const members = task.group?.members;
  members?.splice(members.indexOf(task), 1);
}

export function* runStart(it: Executor, caller: ModelTask, statement: Of<'start'>): Coroutine<void> {
  const { model } = it;
  const group = pick(model.groups, statement.group);
  const tg = group?.real;
  if (group === undefined || tg === undefined) return;
  const { mayRefuse } = group;
  const task = model.newTask(caller.innermost, group);
  task.owner = 'caller';
  const wait = model.park(caller, `${statement.how}(${task.name}) in ${group.scope.label}`);
  task.startWait = wait;

  function* act(status: TaskStatus<number>): Coroutine<void> {
    yield* it.execute(task, statement.before);
    if (statement.says) {
      model.observe();
      model.note(task, 'says started');
      if (!wait.sawCancel) {
        wait.woken = true;
        task.owner = 'group';
        task.scope.parent = group?.scope;
      }
      status.started(task.id);
      model.observe();
    }
    yield* it.execute(task, statement.after);
  }
  const fn = function* (status: TaskStatus<number>): Coroutine<number> {
    return yield* child(it, task, () => act(status));
  };

  let ending: Ending;
  try {
    if (statement.how === 'start') ending = returned(yield* tg.start(fn));
    else {
      const handle = yield* tg.startTask(fn, [], { name: task.name });
      task.handle = handle;
      ending = returned(handle instanceof TaskHandle ? handle.startValue : handle);
    }
  } catch (error) {
    ending = threw(error);
  }
  if (task.begun === 0 && mayRefuse) {
    // The group was closed: as with startSoon, but told through the effect.
    model.waits.delete(wait);
    model.note(caller, `is refused: ${describeEnding(ending)}`);
    if (ending.kind === 'value') model.violate(`G4: start in a closed group gave ${String(ending.value)}`);
    unmake(it, task);
    if (ending.kind === 'cancelled') throw ending.error;
    return;
  }
  model.settle(wait, ending);
  judgeStart(it, caller, task, ending);
  if (ending.kind !== 'value') throw ending.error;
}

function judgeStart(it: Executor, caller: ModelTask, task: ModelTask, ending: Ending): void {
  const { model } = it;
  const at = `G5 ${caller.name} start(${task.name})`;
  if (task.begun !== 1) model.violate(`${at}: the child did not get its first step`);
  if (task.owner === 'group') {
    if (ending.kind !== 'value' || ending.value !== task.id)
      model.violate(`${at}: gave ${describeEnding(ending)}`);
    return;
  }
  const told = task.ending;
  if (told === undefined) model.violate(`${at}: ended before the child, which had not started`);
  if (task.startWait?.sawCancel === true) {
    if (ending.kind !== 'cancelled')
      model.violate(`${at}: gave ${describeEnding(ending)} to a cancelled caller`);
  } else if (told?.kind === 'error') {
    if (ending.kind !== 'error' || ending.error !== told.error) {
      model.violate(`${at}: gave ${describeEnding(ending)}, the child threw ${describeError(told.error)}`);
    }
  } else {
    // It returned without a word, or was cancelled: the caller must be told in some error.
    if (ending.kind !== 'error')
      model.violate(`${at}: gave ${describeEnding(ending)}, the child never started`);
    else model.raise(ending.error);
  }
}
