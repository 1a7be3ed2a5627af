/** The contract of everything that one task at a time can hold, run over each of them. */
import { CapacityLimiter } from '../../lib/sync/capacity-limiter.js';
import { Condition } from '../../lib/sync/condition.js';
import { Lock } from '../../lib/sync/lock.js';
import { Semaphore } from '../../lib/sync/semaphore.js';
import { lockContract } from '../support/lock-contract.js';

const waiting = (lock: Lock | Semaphore | CapacityLimiter): number => lock.statistics().tasksWaiting;

lockContract('Lock', () => new Lock(), waiting);
lockContract('Semaphore(1)', () => new Semaphore(1), waiting);
lockContract('Semaphore(1, { max: 1 })', () => new Semaphore(1, { max: 1 }), waiting);
lockContract('CapacityLimiter(1)', () => new CapacityLimiter(1), waiting);
lockContract(
  'Condition',
  () => new Condition(),
  (condition) => condition.statistics().lockStatistics.tasksWaiting,
);
