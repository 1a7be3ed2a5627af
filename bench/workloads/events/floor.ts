import type { Sample } from '../../harness/contract.js';
import { type Body, drain, Park, pass, spawn, type Task, wake } from '../../harness/floor.js';

class Link extends Park {
  owner!: Task;
  readonly target = new EventTarget();

  constructor() {
    super((task) => {
      this.owner = task;
    });
    this.target.addEventListener('foo', () => wake(this.owner));
  }
}

const sample: Sample = ({ n, depth }) => {
  let count = 0;
  const links = Array.from({ length: depth }, () => new Link());
  const driver = new Park(() => {});
  let main!: Task;

  function* link(own: Link, next: Link | undefined): Body {
    for (;;) {
      yield own;
      count++;
      if (next === undefined) wake(main);
      else next.target.dispatchEvent(new Event('foo'));
    }
  }

  function* drive(): Body {
    yield pass; // all listen now
    for (let i = 0; i < n; i++) {
      links[0]!.target.dispatchEvent(new Event('foo'));
      yield driver;
    }
    return undefined;
  }

  for (const [i, own] of links.entries()) spawn(link(own, links[i + 1]));
  main = spawn(drive());
  drain();
  return count;
};
export default sample;
