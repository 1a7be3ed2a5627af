/** Who waits for whom: the cycles of the graph, by example and by their laws. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Task } from '../../lib/kernel/task.js';
import { cyclesOf, type WaitNode, waitsOf } from '../../lib/kernel/wait-graph.js';

/** A graph of tasks 1, 2, …: each with the numbers of those that it waits for. */
function graph(...blockers: readonly (readonly number[])[]): WaitNode[] {
  const tasks = blockers.map((_, at) => ({ id: at + 1 }) as Task);
  return blockers.map((numbers, at) => ({
    task: tasks[at] as Task,
    waitsFor: '',
    blockers: numbers.map((number) => tasks[number - 1] as Task),
  }));
}

function cycles(...blockers: readonly (readonly number[])[]): number[][] {
  return cyclesOf(graph(...blockers)).map((cycle) => cycle.map(({ task }) => task.id));
}

describe('the wait-for graph', () => {
  it('has a cycle where tasks wait for each other, and none where they only wait', () => {
    expect(cycles([2], [1])).deep.equal([[1, 2]]);
    expect(cycles([2, 3], [3], [])).deep.equal([]);
    expect(cycles([1])).deep.equal([[1]]);
    expect(cycles()).deep.equal([]);
  });

  it('leaves out who waits for a cycle without being in it', () => {
    expect(cycles([2], [3], [4], [3], [1])).deep.equal([[3, 4]]);
  });

  it('gives the shortest way round from the oldest task, and each component once', () => {
    expect(cycles([2], [3, 1], [1])).deep.equal([[1, 2]]);
    expect(cycles([5], [4], [], [2], [1])).deep.equal([
      [1, 5],
      [2, 4],
    ]);
  });

  it('takes chains and rings of any length', () => {
    const length = 20_000;
    const next = (at: number) => [((at + 1) % length) + 1];
    expect(cycles(...Array.from({ length }, (_, at) => next(at)))[0]?.length).equal(length);
    expect(cycles(...Array.from({ length }, (_, at) => (at === length - 1 ? [] : next(at))))).deep.equal([]);
  });

  it('finds a cycle exactly for the tasks from which there is a way back, and each is a cycle', () => {
    const random = fc.integer({ min: 1, max: 8 }).chain((size) =>
      fc.array(fc.uniqueArray(fc.integer({ min: 1, max: size }), { maxLength: 3 }), {
        minLength: size,
        maxLength: size,
      }),
    );
    fc.assert(
      fc.property(random, (blockers) => {
        const found = cycles(...blockers);
        for (const cycle of found) {
          cycle.forEach((task, at) => {
            expect(blockers[task - 1]).to.include(cycle[(at + 1) % cycle.length]);
          });
          expect(new Set(cycle).size).equal(cycle.length);
        }
        const all = found.flat();
        expect(new Set(all).size, 'a task in two cycles').equal(all.length);
        const components = new Set<string>();
        blockers.forEach((_, at) => {
          const ring = blockers
            .map((_, to) => to + 1)
            .filter((to) => leadsTo(blockers, at + 1, to) && leadsTo(blockers, to, at + 1));
          if (ring.length > 0) components.add(ring.join());
        });
        expect(found.length).equal(components.size);
      }),
    );
  });

  it('takes what tasks say, whatever that does', () => {
    const broken = {
      id: 1,
      waiting: {
        describe: () => expect.fail('describe'),
        blockers: () => expect.fail('blockers'),
      },
    } as unknown as Task;
    expect(waitsOf([broken, { id: 2, waiting: null } as Task])).to.have.nested.property(
      '[1].waitsFor',
      'ready',
    );
    expect(waitsOf([broken])[0]?.waitsFor).match(/cannot be had/);
    expect(waitsOf([broken])[0]?.blockers).deep.equal([]);
  });
});

/** Whether one step or more lead from one task to another. */
function leadsTo(blockers: readonly (readonly number[])[], from: number, to: number): boolean {
  const reached = new Set(blockers[from - 1]);
  for (const task of reached) for (const next of blockers[task - 1] ?? []) reached.add(next);
  return reached.has(to);
}
