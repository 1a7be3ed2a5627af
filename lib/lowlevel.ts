/** The door `treadle/lowlevel`: what primitives are built on. */
export { PENDING, Waiter, WaitQueue, type WaitRule, waitEffects } from './kernel/wait-queue.js';
