import type { Params } from '../../harness/contract.js';
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

/** What the tasks of one chain share. */
class Chain {
  count = 0;
  main!: Task;

  pass(next: Link | undefined): void {
    this.count++;
    if (next === undefined) wake(this.main);
    else next.target.dispatchEvent(new Event('foo'));
  }
}

type Member = (chain: Chain, own: Link, next: Link | undefined) => Body;

function* byYield(chain: Chain, own: Link, next: Link | undefined): Body {
  for (;;) {
    yield own;
    chain.pass(next);
  }
}

function* byDelegation(chain: Chain, own: Link, next: Link | undefined): Body {
  for (;;) {
    yield* own;
    chain.pass(next);
  }
}

function* drive(first: Link, n: number): Body {
  const driver = new Park(() => {});
  yield pass; // all listen now
  for (let i = 0; i < n; i++) {
    first.target.dispatchEvent(new Event('foo'));
    yield driver;
  }
  return undefined;
}

function run(member: Member, { n, depth }: Params): number {
  const chain = new Chain();
  const links = Array.from({ length: depth }, () => new Link());
  for (const [i, own] of links.entries()) spawn(member(chain, own, links[i + 1]));
  chain.main = spawn(drive(links[0]!, n));
  drain();
  return chain.count;
}

export default {
  yield: (params: Params) => run(byYield, params),
  /** The protocol of `yield*`, at its barest. */
  'yield*': (params: Params) => run(byDelegation, params),
};
