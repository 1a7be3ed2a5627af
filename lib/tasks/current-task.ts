/** Who runs, and who else there is. */
import { requireTask } from '../kernel/current.js';
import { tasksOf } from '../kernel/deadlock.js';
import type { TaskInfo } from '../kernel/instrument.js';
import type { Task } from '../kernel/task.js';

/** The task that calls it. @throws NoEventLoopError outside of a task. */
export function currentTask(): TaskInfo {
  return requireTask('currentTask()');
}

/** The live tasks of the run, oldest first, the caller's included. @throws NoEventLoopError outside of a task. */
export function runningTasks(): readonly TaskInfo[] {
  return tasksOf(requireTask('runningTasks()').loop.main as Task);
}
