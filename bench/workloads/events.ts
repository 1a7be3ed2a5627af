import type { Workload } from '../harness/contract.js';

/**
 * The events benchmark of Effection's own suite: a chain of `depth` tasks, each of which listens to a target of its own
 * and passes every event on to the next one's target. There the driver sleeps between two events; here it waits until
 * the last task has had the event, so that nothing but work is measured. Counted are deliveries: events times tasks.
 *
 * `native:loop` keeps what has come in a queue of its own and awaits it; `native:on` is Node's `events.on`. Without
 * tasks, and so with less work, are `native:listener` and rxjs: the listeners call one another.
 */
const workload: Workload = {
  row: '13',
  name: 'events',
  code: 'events',
  title: 'n events through a chain of 100 tasks and EventTargets',
  operation: 'delivery',
  measure: 'wall',
  systems: [
    'treadle:yield',
    'treadle:yield*',
    'treadle:forEach',
    'native:loop',
    'native:on',
    'native:listener',
    'native-structured',
    'floor:yield',
    'floor:yield*',
    'floor-structured:yield',
    'floor-structured:yield*',
    'effection',
    'effect',
    'redux-saga',
    'rxjs',
  ],
  size: { n: 100, depth: 100 },
  quick: { n: 5, depth: 10 },
  operations: ({ n, depth }) => n * depth,
  checksum: ({ n, depth }) => n * depth,
  baseline: { system: 'native:loop' },
  targets: { 'treadle:yield': 0.9, 'treadle:yield*': 0.9 },
  notes: ['13: native:listener and rxjs have no tasks; their listeners call one another synchronously.'],
};
export default workload;
