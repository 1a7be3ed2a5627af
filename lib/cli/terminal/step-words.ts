/**
 * A step in words, in a line:
 *
 *     [12] 300 ms  authenticate (#2) ← Response {…}: yields until(promise)
 */
import { printable } from '../../base/printable.js';
import { readStack } from '../../base/stack-text.js';
import { makeDescriber } from '../../debug/inspect/describe-value.js';
import type { Paint } from '../../debug/paint.js';
import type { Step } from '../../debug/stepper/step.js';
import type { TaskInfo } from '../../kernel/instrument.js';

const describer = makeDescriber();
/** Tasks of one kind of event that are named. */
const MOST = 5;
/** Characters of an error's first line. */
const LONGEST = 120;

/** @param begin of the run, on its clock. */
export function describeStep(step: Step, begin: number, paint: Paint): string {
  const { index, task, resumed } = step;
  const input =
    resumed.kind === 'error'
      ? ` ${paint('red', `← ${describe(resumed.value)}`)}`
      : resumed.value === undefined
        ? ''
        : ` ← ${describe(resumed.value)}`;
  const name = step.function === '' ? '(anonymous)' : step.function;
  const isTask = name === task.name || (step.function === '' && step.depth === 0);
  const where = isTask ? '' : ` in ${printable(name)}`;
  const head = `${paint('dim', `[${index}] ${formatTime(step.time - begin)}`)}  ${paint('bold', nameOf(task))}`;
  return `${head}${where}${input}: ${outputOf(step, paint)}${eventsOf(step, paint)}`;
}

/** An error by the name that it has given itself. */
function describe(value: unknown): string {
  if (!(value instanceof Error)) return describer.describe(value);
  const [head = ''] = readStack(value).head.split('\n');
  return head.length > LONGEST ? `${head.slice(0, LONGEST - 1)}…` : head;
}

function outputOf({ kind, value, effect, resumed }: Step, paint: Paint): string {
  if (kind === 'threw') {
    const isSame = resumed.kind === 'error' && resumed.value === value;
    return paint('red', isSame ? 'lets it through' : `throws ${describe(value)}`);
  }
  if (kind === 'returned') return value === undefined ? 'returns' : `returns ${describe(value)}`;
  return effect === undefined
    ? paint('red', `yields ${describe(value)}, which is no effect`)
    : `yields ${paint('yellow', printable(effect))}`;
}

function eventsOf({ spawned, cancelled, ended, task, kind }: Step, paint: Paint): string {
  // That a task has ended which returns from its last coroutine is seen; others may end by what it did.
  const others = ended.filter(({ id }) => id !== task.id);
  const hasEnded = kind !== 'yielded' && others.length < ended.length;
  const events = [
    hasEnded ? 'the task has ended' : '',
    namesOf('spawned', spawned),
    namesOf('cancelled', cancelled),
    namesOf('ended', others),
  ].filter((text) => text !== '');
  return events.length === 0 ? '' : paint('dim', ` (${events.join('; ')})`);
}

function namesOf(event: string, tasks: readonly TaskInfo[]): string {
  if (tasks.length === 0) return '';
  const more = tasks.length > MOST ? ` and ${tasks.length - MOST} more` : '';
  return `${event} ${tasks.slice(0, MOST).map(nameOf).join(', ')}${more}`;
}

export function nameOf({ id, name }: TaskInfo): string {
  return `${printable(name)} (#${id})`;
}

/** Milliseconds; of what is real no more than a person reads. */
export function formatTime(ms: number): string {
  return `${Math.round(ms * 10) / 10} ms`;
}
