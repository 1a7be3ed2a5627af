/**
 * An instrument that writes down everything it hears, one line an event, so that a spec compares the whole
 * story with one `deep.equal`. Tasks appear by name, effects by the label the spec gave them.
 */
import type { Effect, Instrument, TaskInfo } from 'treadle';

export interface EventLog extends Instrument {
  readonly lines: string[];
}

export function eventLog(labels: ReadonlyMap<Effect<unknown>, string> = new Map()): EventLog {
  const lines: string[] = [];
  const hear = (event: string) => (task: TaskInfo) => {
    lines.push(`${event} ${task.name}`);
  };
  return {
    lines,
    spawn: hear('spawn'),
    schedule: hear('schedule'),
    stepStart: hear('stepStart'),
    stepEnd: hear('stepEnd'),
    suspend(task, effect) {
      lines.push(`suspend ${task.name} ${labels.get(effect) ?? effect.constructor.name}`);
    },
    cancel: hear('cancel'),
    exit: hear('exit'),
  };
}
