/**
 * Tasks that stand alike are shown once: a server's ten thousand connections differ in nothing but their numbers.
 *
 * Two tasks are alike if they stand at the same lines of the same functions, wait for the same kind of thing (numbers
 * in the words do not count), and have children that are alike. Children are compared by the number of their kind,
 * so no key grows with the size of the tree.
 */
import type { TaskSnapshot } from './task-snapshot.js';

/** Siblings that stand alike, in order of creation. */
export interface Fold {
  readonly tasks: readonly [TaskSnapshot, ...TaskSnapshot[]];
  /** Of the first; those of the others are alike. */
  readonly children: readonly Fold[];
}

/** The trees of these tasks: the roots are those that are no child of another one. */
export function foldTasks(snapshots: readonly TaskSnapshot[]): Fold[] {
  const isChild = new Set(snapshots.flatMap(({ children }) => children));
  const roots = snapshots.filter((snapshot) => !isChild.has(snapshot));
  const all = [...roots];
  for (let at = 0; at < all.length; at++)
    for (const child of (all[at] as TaskSnapshot).children) all.push(child);
  const kinds = new Map<TaskSnapshot, number>();
  const numbers = new Map<string, number>();
  const folds = new Map<TaskSnapshot, Fold[]>();
  // Children lie behind their parents, so that from the end on those of each are done before it is looked at.
  for (const snapshot of all.reverse()) {
    const children = foldSiblings(snapshot.children, kinds, folds);
    folds.set(snapshot, children);
    const inside = children.map(
      ({ tasks: [first, ...others] }) => `${kinds.get(first)}×${others.length + 1}`,
    );
    const key = `${standing(snapshot)}\n${inside.join(' ')}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    kinds.set(snapshot, number);
  }
  return foldSiblings(roots, kinds, folds);
}

function foldSiblings(
  siblings: readonly TaskSnapshot[],
  kinds: ReadonlyMap<TaskSnapshot, number>,
  folds: ReadonlyMap<TaskSnapshot, readonly Fold[]>,
): Fold[] {
  const byKind = new Map<string, [TaskSnapshot, ...TaskSnapshot[]]>();
  for (const snapshot of siblings) {
    const key = `${kinds.get(snapshot)} ${snapshot.parentId === undefined ? snapshot.run : ''}`;
    const alike = byKind.get(key);
    if (alike === undefined) byKind.set(key, [snapshot]);
    else alike.push(snapshot);
  }
  return [...byKind.values()].map((tasks) => ({ tasks, children: folds.get(tasks[0]) ?? [] }));
}

/** What has to be alike of the tasks themselves. */
function standing(snapshot: TaskSnapshot): string {
  const { state, isCancelled, waitsFor, frames, scopes, group } = snapshot;
  return [
    state,
    isCancelled,
    withoutNumbers(waitsFor ?? ''),
    withoutNumbers(group ?? ''),
    ...frames.map(({ name, location }) => `${name} ${location?.file}:${location?.line}:${location?.column}`),
    ...scopes.map(({ kind, shield, cancelCalled, deadline }) =>
      [kind, shield, cancelCalled, deadline === Infinity].join(),
    ),
  ].join('\n');
}

const NUMBER = /\d+(?:\.\d+)?/g;

function withoutNumbers(text: string): string {
  return text.replace(NUMBER, '0');
}

/** One text for several that differ in their numbers only: 'sleep until +480…512 ms'. */
export function mergeNumbers(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  if (others.every((text) => text === first)) return first;
  const ranges: { low: number; high: number }[] = [];
  for (const text of texts) {
    for (const [at, digits] of (text.match(NUMBER) ?? []).entries()) {
      const number = Number(digits);
      const { low, high } = ranges[at] ?? { low: number, high: number };
      ranges[at] = { low: Math.min(low, number), high: Math.max(high, number) };
    }
  }
  let at = 0;
  return first.replace(NUMBER, () => {
    const { low, high } = ranges[at++] as { low: number; high: number };
    return low === high ? String(low) : `${low}…${high}`;
  });
}

/** '#3–#7, #9': the ids of tasks, given in ascending order. */
export function idRanges(tasks: readonly TaskSnapshot[], most: number): string {
  const ranges: { low: number; high: number }[] = [];
  for (const { id } of tasks) {
    const last = ranges.at(-1);
    if (last !== undefined && last.high === id - 1) last.high = id;
    else ranges.push({ low: id, high: id });
  }
  const shown = ranges
    .slice(0, most)
    .map(({ low, high }) =>
      low === high ? `#${low}` : high === low + 1 ? `#${low}, #${high}` : `#${low}–#${high}`,
    );
  return shown.join(', ') + (ranges.length > most ? ', …' : '');
}
