/** The floor that Treadle's programs with many tasks are held against has tasks and groups of their size, and no larger. */
import { expect } from 'chai';
import * as floor from '../../bench/harness/structured-floor.js';
import { checkpoint, runSync, taskGroup } from '../../lib/index.js';

function fieldsOf(object: object): number {
  return Object.keys(object).length;
}

describe('the structured floor', () => {
  function* child(): floor.Body {
    yield floor.pass;
    return 7;
  }

  it('has tasks and groups with as many fields as those of Treadle', () => {
    const treadle: number[] = [];
    runSync(() =>
      taskGroup(function* (group) {
        const task = group.startSoon(() => checkpoint());
        treadle.push(fieldsOf(task), fieldsOf(group));
      }),
    );
    const group = new floor.Group(child);
    const task = group.spawn(child, undefined);
    floor.drain();
    expect([fieldsOf(task), fieldsOf(group)]).to.deep.equal(treadle);
  });

  it('ends a group when its body and all of its children have ended, and gives what the body returned', () => {
    const order: string[] = [];
    function* named(name: string): floor.Body {
      order.push(`${name} begins`);
      yield floor.pass;
      order.push(`${name} ends`);
      return name;
    }
    const given = floor.run(function* (n: number): floor.Body {
      const tasks = (yield new floor.Group(function* (group): floor.Body {
        const handles: floor.Task[] = [];
        for (let i = 0; i < n; i++) handles.push(group.spawn(named, `task ${i}`));
        order.push('the body ends');
        return handles;
      })) as floor.Task[];
      order.push('the group ends');
      return tasks.map(({ value }) => value);
    }, 2);
    expect(given).to.deep.equal(['task 0', 'task 1']);
    expect(order).to.deep.equal([
      'the body ends',
      'task 0 begins',
      'task 1 begins',
      'task 0 ends',
      'task 1 ends',
      'the group ends',
    ]);
  });

  it('throws an error into every child of a cancelled group, and ends when all have unwound', () => {
    const order: string[] = [];
    function* parked(name: string): floor.Body {
      try {
        yield floor.park;
      } catch (error) {
        order.push(`${name}: ${(error as Error).message}`);
        throw error;
      }
      return name;
    }
    floor.run(function* (): floor.Body {
      yield new floor.Group(function* (group): floor.Body {
        group.spawn(parked, 'task 0');
        group.spawn(parked, 'task 1');
        yield floor.pass;
        group.cancel(new Error('enough'));
        order.push('the body ends');
        return undefined;
      });
      order.push('the group ends');
      return undefined;
    }, undefined);
    expect(order).to.deep.equal(['the body ends', 'task 0: enough', 'task 1: enough', 'the group ends']);
  });
});
