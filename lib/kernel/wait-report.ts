/**
 * What the tasks of a stuck run wait for, as text and as data: the cycles first, then the waits that no task in
 * particular could end, then those who wait for the ones above.
 *
 *     A cycle, each waits for the next:
 *       - worker-1 (#2), spawned by task main (#1): lock "b" held by worker-2 (#3)
 *       - worker-2 (#3), spawned by task main (#1): lock "a" held by worker-1 (#2)
 *     Waiting for those above:
 *       - main (#1): the end of the task group (2 children left)
 */
import type { DeadlockWait } from '../base/errors.js';
import { printable } from '../base/printable.js';
import type { TaskInfo } from './instrument.js';
import type { Task } from './task.js';
import { taskPath } from './trail.js';
import { cyclesOf, type WaitNode, waitsOf } from './wait-graph.js';

/** Tasks that a report lists: a reader needs no more, and a string has its limits. */
const LONGEST_LIST = 1000;

/** Says where parked tasks stand in their source ('app.ts:12:7'), as far as it can. */
export type TaskLocator = (tasks: readonly Task[]) => ReadonlyMap<Task, string>;

let locator: TaskLocator | null = null;

/**
 * Makes reports tell source lines; null: no longer. The core cannot find them by itself, for JavaScript does not
 * tell where a generator stands; `treadle/debug` can. Gives the locator before.
 */
export function setTaskLocator(next: TaskLocator | null): TaskLocator | null {
  const previous = locator;
  locator = next;
  return previous;
}

export interface WaitReport {
  readonly text: string;
  readonly hasCycles: boolean;
  readonly waits: readonly DeadlockWait[];
}

/** Who waits for what. `tasks` are all parked. */
export function reportWaits(tasks: readonly Task[]): WaitReport {
  const nodes = waitsOf(tasks);
  const cycles = cyclesOf(nodes);
  const inCycle = new Set(cycles.flat());
  const others = nodes.filter((node) => !inCycle.has(node));
  const sections: readonly (readonly [title: string, nodes: readonly WaitNode[]])[] = [
    ...cycles.map((cycle) => ['A cycle, each waits for the next:', cycle] as const),
    ['Waits that no task in particular could end:', others.filter(({ blockers }) => blockers.length === 0)],
    ['Waiting for those above:', others.filter(({ blockers }) => blockers.length > 0)],
  ];
  const filled = sections.filter(([, members]) => members.length > 0);
  const order = filled.flatMap(([, members]) => members);
  const places = locate(order.slice(0, LONGEST_LIST).map(({ task }) => task));
  const lines: string[] = [];
  let left = LONGEST_LIST;
  for (const [title, members] of filled) {
    if (left <= 0) break;
    if (filled.length > 1 || inCycle.size > 0) lines.push(title);
    members.slice(0, left).forEach((node, at) => {
      const next = inCycle.has(node) ? members[(at + 1) % members.length] : undefined;
      lines.push(lineOf(node, next, places?.get(node.task)));
    });
    left -= members.length;
  }
  if (order.length > LONGEST_LIST) lines.push(`  … and ${order.length - LONGEST_LIST} more`);
  return { text: lines.join('\n'), hasCycles: inCycle.size > 0, waits: dataOf(order) };
}

function lineOf({ task, waitsFor }: WaitNode, next: WaitNode | undefined, place: string | undefined): string {
  const isNamed = next === undefined || waitsFor.includes(`(#${next.task.id})`);
  const holder = isNamed ? '' : `, for which it needs ${printable(next.task.name)} (#${next.task.id})`;
  return `  - ${taskPath(task)}: ${printable(waitsFor)}${holder}${place === undefined ? '' : `, at ${place}`}`;
}

function locate(tasks: readonly Task[]): ReadonlyMap<Task, string> | undefined {
  try {
    return locator?.(tasks);
  } catch {
    return undefined; // a report without source lines is better than none
  }
}

/** Copies: an error that is kept must not keep the tasks. */
function dataOf(nodes: readonly WaitNode[]): DeadlockWait[] {
  const copies = new Map<Task, TaskInfo>();
  const copyOf = (task: Task): TaskInfo => {
    let copy = copies.get(task);
    if (copy === undefined) {
      copy = { id: task.id, name: task.name, parentId: task.parentId };
      copies.set(task, copy);
    }
    return copy;
  };
  return nodes.map(({ task, waitsFor, blockers }) => ({
    task: copyOf(task),
    waitsFor,
    blockers: blockers.map(copyOf),
  }));
}
