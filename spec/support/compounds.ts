/** Statements of a random program that hold others in one task: scopes, and try. See `interpreter.ts`. */
import {
  CancelScope,
  type Coroutine,
  cancelScope,
  currentTime,
  type Deadline,
  type Effect,
  ExceptionGroup,
  failAfter,
  failAt,
  moveOnAfter,
  moveOnAt,
  shield,
  TimeoutError,
} from 'treadle';
import { describeEnding, type Ending, isCancellation, returned, threw } from './ending.js';
import type { ModelScope, ModelTask } from './entities.js';
import { type Executor, inside, type Of } from './executor.js';
import type { Block } from './programs.js';

export function* runScope(it: Executor, task: ModelTask, statement: Of<'scope'>): Coroutine<void> {
  const { model } = it;
  const { kind, ms } = statement;
  const shielded = kind === 'shield' || statement.shield;
  const scope = model.newScope(kind, task, shielded);
  const timed = kind !== 'shield' && ms !== null;
  scope.deadline = timed ? currentTime() + ms : Infinity;
  const effect = scopeEffect(it, task, scope, statement);
  let ending: Ending;
  try {
    ending = returned(yield* effect);
  } catch (error) {
    ending = threw(error);
  }
  judgeScope(it, task, scope, kind, ending);
  if (ending.kind !== 'value') throw ending.error;
}

function scopeEffect(
  it: Executor,
  task: ModelTask,
  scope: ModelScope,
  { kind, ms, body }: Of<'scope'>,
): Effect<unknown> {
  const options = { shield: scope.shielded };
  const within = (real: CancelScope) => inside(it, task, scope, real, body, () => real.cancel());
  const withDeadline = (real: Deadline) => inside(it, task, scope, real, body);
  switch (kind) {
    case 'object':
      return new CancelScope({ timeout: ms ?? Infinity, ...options }).run(within);
    case 'function':
      return cancelScope(within, { deadline: scope.deadline, ...options });
    case 'moveOnAfter':
      return moveOnAfter(ms, within, options);
    case 'moveOnAt':
      return moveOnAt(ms === null ? null : scope.deadline, within, { otherwise: 'otherwise', ...options });
    case 'failAfter':
      return failAfter(ms, withDeadline, options);
    case 'failAt':
      return failAt(ms === null ? null : scope.deadline, withDeadline, options);
    case 'shield':
      return shield(withDeadline);
    case 'cancelled': {
      // Cancelled before it is entered: its body runs up to the first checkpoint.
      const real = new CancelScope({ deadline: scope.deadline, ...options });
      real.cancel('beforehand');
      scope.requested = true;
      return real.run(within);
    }
  }
}

function judgeScope(it: Executor, task: ModelTask, scope: ModelScope, kind: string, ending: Ending): void {
  const { model } = it;
  model.observe();
  const { may, must } = model.verdict(scope);
  const body = scope.ending;
  const caught = scope.real?.cancelledCaught === true;
  model.leave(task, scope);
  model.note(task, `leaves ${scope.label}: ${describeEnding(ending)}`);
  const at = `${task.name} ${scope.label}`;
  if (body?.kind !== 'cancelled') {
    if (caught) model.violate(`${at}: cancelledCaught, though its body did not end with Cancelled`);
    if (!sameEnding(body, ending)) {
      model.violate(`${at}: gave ${describeEnding(ending)}, its body ended with ${describeEnding(body)}`);
    }
    return;
  }
  const fails = kind === 'failAfter' || kind === 'failAt';
  if (fails && ending.kind === 'error' && ending.error instanceof TimeoutError) model.raise(ending.error);
  const gaveUp = fails
    ? ending.kind === 'error' && ending.error instanceof TimeoutError
    : ending.kind === 'value' && ending.value === (kind === 'moveOnAt' ? 'otherwise' : undefined);
  if (ending.kind === 'cancelled' ? must : !may || !gaveUp) {
    model.violate(`C4 ${at}: gave ${describeEnding(ending)}; may catch: ${may}, must catch: ${must}`);
  }
  if (caught !== (ending.kind !== 'cancelled')) model.violate(`C4 ${at}: cancelledCaught reads ${caught}`);
}

function sameEnding(one: Ending | undefined, other: Ending): boolean {
  if (one?.kind === 'value') return other.kind === 'value' && one.value === other.value;
  return one !== undefined && other.kind !== 'value' && one.error === other.error;
}

export function* runTry(it: Executor, task: ModelTask, statement: Of<'try'>): Coroutine<void> {
  const { model } = it;
  const number = model.finallyRuns.push(0) - 1;
  let inFlight: unknown;
  try {
    yield* it.execute(task, statement.body);
  } catch (error) {
    const { swallow } = statement;
    if (swallow === 'wrap' && isCancellation(error)) {
      model.note(task, 'wraps Cancelled');
      inFlight = new ExceptionGroup([error]);
      throw inFlight;
    }
    const swallows = swallow === 'everything' || (swallow === 'errors' && !isCancellation(error));
    if (!swallows) {
      inFlight = error;
      throw error;
    }
    model.note(task, `swallows ${describeEnding(threw(error))}`);
    model.retire(error);
  } finally {
    model.finallyRuns[number] = (model.finallyRuns[number] ?? 0) + 1;
    yield* cleanUp(it, task, inFlight, statement.cleanup);
  }
}

/** An error thrown in a finally block replaces the one in flight: that is JavaScript's doing, not the engine's. */
function* cleanUp(it: Executor, task: ModelTask, inFlight: unknown, block: Block): Coroutine<void> {
  try {
    yield* it.execute(task, block);
  } catch (error) {
    if (inFlight !== undefined) it.model.retire(inFlight);
    throw error;
  }
}
