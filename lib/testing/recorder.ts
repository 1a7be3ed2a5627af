/** The story of a run as a list of lines, for one comparison at the end. */
import type { Effect } from '../kernel/effect.js';
import type { Instrument, TaskInfo } from '../kernel/instrument.js';

type Hook = keyof Instrument;

export interface RecorderOptions {
  /** The hooks to write down; default: all. */
  only?: readonly Hook[];
  /** How to call effects, where their own words will not do: `sleep(20)`, `checkpoint`. */
  effects?: ReadonlyMap<Effect<unknown>, string>;
}

/** An instrument that writes down what it hears. */
export interface Recorder extends Required<Instrument> {
  /** What happened, in order: `spawn fetch`, `suspend fetch: sleep(20)`, and the labels of `note`. */
  readonly events: readonly string[];
  /** Writes down a label of your own, in its place in the order. */
  note(label: string): void;
  /** Gives the events so far and begins anew. */
  take(): string[];
}

/**
 * Makes an instrument that writes down the life of the tasks of a run, one line an event, tasks by name. The same
 * program on the virtual backend gives the same list every time.
 *
 * @example
 *     const story = recorder({ only: ['spawn', 'cancel', 'exit'] });
 *     await run(main, { backend: 'virtual', instruments: [story] });
 *     expect(story.events).to.deep.equal(['spawn main', 'exit main']);
 */
export function recorder(options: RecorderOptions = {}): Recorder {
  const events: string[] = [];
  const { only, effects } = options;
  const hear = (hook: Hook) => {
    const isHeard = only === undefined || only.includes(hook);
    return (task: TaskInfo): void => {
      if (isHeard) events.push(`${hook} ${task.name}`);
    };
  };
  const hearsSuspend = only === undefined || only.includes('suspend');
  return {
    events,
    note: (label) => void events.push(label),
    take: () => events.splice(0),
    spawn: hear('spawn'),
    schedule: hear('schedule'),
    stepStart: hear('stepStart'),
    stepEnd: hear('stepEnd'),
    suspend(task, effect) {
      if (hearsSuspend) events.push(`suspend ${task.name}: ${effects?.get(effect) ?? effect}`);
    },
    cancel: hear('cancel'),
    exit: hear('exit'),
  };
}
