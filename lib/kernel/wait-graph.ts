/**
 * Who waits for whom: the parked tasks of a run, what each waits for, and which tasks could end that wait. In a
 * deadlock the cycles of this graph are what the reader looks for.
 *
 *     worker-1 ─▶ lock "b", held by worker-2 ─▶ lock "a", held by worker-1        a cycle
 *     main ─▶ the end of its group ─▶ worker-1, worker-2                           waits for it
 *     logger ─▶ an event                                                           anybody could set it: no arrow
 *
 * Cycles are found as strongly connected components (Tarjan), and of each one the shortest way round is shown. No
 * recursion: chains of waits are as long as programs make them.
 */
import type { Task } from './task.js';

/** A parked task. */
export interface WaitNode {
  readonly task: Task;
  /** In words. */
  readonly waitsFor: string;
  /** The tasks that could end the wait; empty if that is nobody in particular. */
  readonly blockers: readonly Task[];
}

/** Arrows that are looked at: when thousands wait for one of thousands, a reader gains nothing from the rest. */
const MOST_ARROWS = 100_000;

/** What the tasks wait for, in their order. */
export function waitsOf(tasks: readonly Task[]): WaitNode[] {
  let arrows = 0;
  return tasks.map((task) => {
    const blockers = arrows < MOST_ARROWS ? blockersOf(task) : [];
    arrows += blockers.length;
    return { task, waitsFor: wordsFor(task), blockers };
  });
}

function wordsFor(task: Task): string {
  try {
    return task.waiting?.describe(task) ?? 'ready';
  } catch {
    return 'something whose description cannot be had: the function that should give it threw';
  }
}

function blockersOf(task: Task): readonly Task[] {
  try {
    return task.waiting?.blockers?.(task) ?? [];
  } catch {
    return [];
  }
}

/** The cycles of the graph, each as the shortest way round from its oldest task; no two share a task. */
export function cyclesOf(nodes: readonly WaitNode[]): WaitNode[][] {
  const graph = new Map(nodes.map((node) => [node.task, node]));
  const cycles: WaitNode[][] = [];
  for (const component of componentsOf(graph)) {
    const oldest = component.reduce((one, other) => (other.task.id < one.task.id ? other : one));
    const cycle = shortestWayRound(oldest, graph, new Set(component));
    if (cycle !== undefined) cycles.push(cycle);
  }
  return cycles.sort(([one], [other]) => (one as WaitNode).task.id - (other as WaitNode).task.id);
}

type Graph = ReadonlyMap<Task, WaitNode>;

/** A node on the way of the search. */
interface Visit {
  readonly node: WaitNode;
  readonly index: number;
  /** The lowest index that can be reached from here. */
  low: number;
  /** Blockers looked at. */
  at: number;
}

/** The strongly connected components. */
function componentsOf(graph: Graph): WaitNode[][] {
  const components: WaitNode[][] = [];
  const visits = new Map<WaitNode, Visit>();
  /** Visited, and not yet in a component. */
  const open: Visit[] = [];
  const isOpen = new Set<Visit>();
  const way: Visit[] = [];
  const enter = (node: WaitNode): void => {
    const visit = { node, index: visits.size, low: visits.size, at: 0 };
    visits.set(node, visit);
    open.push(visit);
    isOpen.add(visit);
    way.push(visit);
  };
  for (const start of graph.values()) {
    if (!visits.has(start)) enter(start);
    for (let visit = way.at(-1); visit !== undefined; visit = way.at(-1)) {
      const blocker = visit.node.blockers[visit.at++];
      if (blocker !== undefined) {
        const next = graph.get(blocker);
        const known = next === undefined ? undefined : visits.get(next);
        if (next !== undefined && known === undefined) enter(next);
        else if (known !== undefined && isOpen.has(known)) visit.low = Math.min(visit.low, known.index);
        continue;
      }
      way.pop();
      const above = way.at(-1);
      if (above !== undefined) above.low = Math.min(above.low, visit.low);
      if (visit.low === visit.index) {
        const component: WaitNode[] = [];
        for (let member = open.pop(); member !== undefined; member = open.pop()) {
          isOpen.delete(member);
          component.push(member.node);
          if (member === visit) break;
        }
        components.push(component);
      }
    }
  }
  return components;
}

/** From `start` along the arrows back to it, within a component; undefined if there is no way. */
function shortestWayRound(
  start: WaitNode,
  graph: Graph,
  component: ReadonlySet<WaitNode>,
): WaitNode[] | undefined {
  const cameFrom = new Map<WaitNode, WaitNode | null>([[start, null]]);
  for (const node of cameFrom.keys()) {
    for (const blocker of node.blockers) {
      const next = graph.get(blocker);
      if (next === start) {
        const way: WaitNode[] = [];
        for (let at: WaitNode | null = node; at !== null; at = cameFrom.get(at) ?? null) way.push(at);
        return way.reverse();
      }
      if (next !== undefined && component.has(next) && !cameFrom.has(next)) cameFrom.set(next, node);
    }
  }
  return undefined;
}
