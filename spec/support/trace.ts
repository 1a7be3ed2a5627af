/** An instrument that writes down all it is told, with task numbers that do not depend on what ran before. */
import type { Effect, Instrument, TaskInfo } from 'treadle';

export type TraceKind = 'spawn' | 'schedule' | 'stepStart' | 'stepEnd' | 'suspend' | 'cancel' | 'exit';

export interface TraceEvent {
  readonly kind: TraceKind;
  /** Tasks are numbered in the order in which the trace meets them. */
  readonly task: number;
}

export class Trace implements Instrument {
  readonly events: TraceEvent[] = [];
  steps = 0;
  private readonly numbers = new Map<number, number>();

  /** @param afterStep Called between two steps, with the number of the first, from 1. */
  constructor(private readonly afterStep?: (step: number) => void) {}

  /** The trace as lines of text, for comparing. */
  get lines(): string[] {
    return this.events.map(({ kind, task }) => `${kind} ${task}`);
  }

  spawn(task: TaskInfo): void {
    this.add('spawn', task);
  }
  schedule(task: TaskInfo): void {
    this.add('schedule', task);
  }
  stepStart(task: TaskInfo): void {
    this.add('stepStart', task);
  }
  stepEnd(task: TaskInfo): void {
    this.add('stepEnd', task);
    this.afterStep?.(++this.steps);
  }
  suspend(task: TaskInfo, _effect: Effect<unknown>): void {
    this.add('suspend', task);
  }
  cancel(task: TaskInfo): void {
    this.add('cancel', task);
  }
  exit(task: TaskInfo): void {
    this.add('exit', task);
  }

  private add(kind: TraceKind, { id }: TaskInfo): void {
    const task = this.numbers.get(id) ?? this.numbers.size;
    this.numbers.set(id, task);
    this.events.push({ kind, task });
  }
}

/**
 * What holds of every trace: steps do not overlap; every task that was spawned exits once, and nothing is heard of
 * it afterwards; and the ready queue is first in, first out: who was scheduled first steps first (L2).
 */
export function judgeTrace(events: readonly TraceEvent[]): string[] {
  const violations: string[] = [];
  const ready: number[] = [];
  const alive = new Set<number>();
  const ended = new Set<number>();
  let stepping: number | undefined;
  events.forEach(({ kind, task }, at) => {
    const broken = (rule: string) => violations.push(`event ${at}, ${kind} ${task}: ${rule}`);
    // The step in which a task ends is closed after its exit, or before it: both orders are in use.
    if (ended.has(task) && kind !== 'stepEnd') broken('the task has exited');
    switch (kind) {
      case 'spawn':
        if (alive.has(task)) broken('spawned twice');
        alive.add(task);
        break;
      case 'schedule':
        if (ready.includes(task)) broken('scheduled twice');
        ready.push(task);
        break;
      case 'stepStart': {
        if (stepping !== undefined) broken(`inside the step of ${stepping}`);
        stepping = task;
        const first = ready.shift();
        if (first !== task)
          broken(`L2: ${first === undefined ? 'nobody' : first} was next in the ready queue`);
        break;
      }
      case 'stepEnd':
        if (stepping !== task) broken('the task was not stepping');
        stepping = undefined;
        break;
      case 'suspend':
        if (stepping !== task) broken('the task was not stepping');
        break;
      case 'exit':
        if (!alive.delete(task)) broken('the task was not alive');
        ended.add(task);
        break;
      case 'cancel':
        break;
    }
  });
  if (stepping !== undefined) violations.push(`at the end ${stepping} is stepping`);
  if (ready.length > 0) violations.push(`at the end ${ready.join(', ')} wait in the ready queue`);
  if (alive.size > 0) violations.push(`at the end ${[...alive].join(', ')} are alive`);
  return violations;
}
