/** Frames inside of native `yield*` in a process in which nobody watched: found in its heap. */
import { expect } from 'chai';
import { HeapGraph } from '../../../lib/debug/inspect/heap-graph.js';
import { delegateChains } from '../../../lib/debug/inspect/heap-links.js';
import { runProgram } from '../../support/child.js';

const PROGRAM = `
import { call, race, run, sleep, taskGroup } from 'treadle';
import { inspectTasks } from './lib/debug/inspect/inspect-tasks.js';

function* inner(n) {
  const text = 'n is ' + n;
  yield* sleep(60_000);
  return text;
}
function* middle(n) {
  yield* quick(); // a delegate that has ended
  return yield* inner(n);
}
function* quick() { yield* sleep(1); }
function* later(n) { return n; }
function* outer(n) {
  const kept = later(n); // not begun: it is nobody's delegate
  yield* call(middle, n);
  return yield* kept;
}
function* plain() { yield* sleep(60_000); }
function* sibling() { yield* inner(3); }
class Service {
  *serve() { yield* this.#accept(); }
  *#accept() { yield* inner(4); }
}

const running = run(function* () {
  yield* taskGroup(function* (tg) {
    tg.startSoon(outer, 1);
    tg.startSoon(outer, 2);
    tg.startSoon(plain);
    tg.startSoon(sibling);
    tg.createTask(new Service().serve(), { name: 'service' });
  });
});
await new Promise((resolve) => setTimeout(resolve, 20));
for (const { name, frames, missing } of inspectTasks(running)) {
  const stack = frames.map((frame) => [frame.entered, frame.name, ...frame.locals.filter((it) => it.scope === 'local').map((it) => it.text)].join(' '));
  console.log(JSON.stringify([name, ...stack, ...missing]));
}
const before = performance.now();
console.log(JSON.stringify(inspectTasks(running, { hiddenFrames: false }).map(({ frames }) => frames.length)));
running.cancel();
await running.catch(() => {});
`;

/** A snapshot in V8's form: nodes by their edges, [name, ...edges], the ids being their places. */
function snapshot(
  nodes: readonly (readonly [name: string, ...edges: readonly (readonly [string, number])[]])[],
): string {
  const strings: string[] = [];
  const string = (text: string): number => strings.push(text) - 1;
  const flatNodes = nodes.flatMap(([name, ...edges], id) => [0, string(name), id, edges.length]);
  const flatEdges = nodes.flatMap(([, ...edges]) =>
    edges.flatMap(([key, to]) => (/^\d+$/.test(key) ? [1, Number(key), to * 4] : [0, string(key), to * 4])),
  );
  const meta = {
    node_fields: ['type', 'name', 'id', 'edge_count'],
    edge_fields: ['type', 'name_or_index', 'to_node'],
    edge_types: [['property', 'element', 'internal', 'hidden']],
  };
  return JSON.stringify({
    snapshot: { meta, node_count: nodes.length },
    nodes: flatNodes,
    edges: flatEdges,
    strings,
  });
}

describe('frames hidden in native yield*', () => {
  it('are found in the heap of a process in which nobody watched', async function () {
    this.timeout(20_000);
    const { stdout, stderr, code } = await runProgram(PROGRAM);
    expect(stderr).to.equal('');
    const lines: unknown[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const stack = (n: number) => [
      `yield* inner ${n} "n is ${n}"`,
      `call middle ${n}`,
      `task outer ${n} Generator {…}`,
    ];
    expect(lines).to.deep.equal([
      ['task-1', 'task (anonymous)'],
      ['outer', ...stack(1)],
      ['outer', ...stack(2)],
      ['plain', 'task plain'],
      ['sibling', 'yield* inner 3 "n is 3"', 'task sibling'],
      ['service', 'yield* inner 4 "n is 4"', 'yield* #accept Service {}', 'task serve Service {}'],
      [1, 2, 2, 1, 1, 1],
    ]);
    expect(code).to.equal(0);
  });

  it('are read off the registers: a delegate lies two before its next', () => {
    const graph = new HeapGraph(
      snapshot([
        ['outer', ['function', 6], ['parameters_and_registers', 1]],
        ['', ['1', 2], ['3', 4], ['5', 5]], // a local variable; the delegate; its next
        ['not a delegate', ['parameters_and_registers', 3]],
        [''],
        ['inner', ['parameters_and_registers', 3]],
        ['next'],
        ['outer'],
      ]),
    );
    expect(delegateChains(graph, [0], [2, 4])).to.deep.equal({ chains: new Map([[0, [0]]]), picked: [1] });
    expect(delegateChains(graph, [0], [2])).to.deep.equal({ chains: new Map(), picked: [] });
    expect(graph.find(4)).to.equal(4);
    expect(graph.find(99)).to.equal(undefined);
    expect(graph.elementsOf(undefined)).to.deep.equal([]);
  });

  it('do not go in circles, whatever a heap may hold', () => {
    const graph = new HeapGraph(
      snapshot([
        ['one', ['parameters_and_registers', 2]],
        ['other', ['parameters_and_registers', 3]],
        ['', ['0', 1], ['2', 4]],
        ['', ['0', 0], ['2', 4]],
        ['next'],
      ]),
    );
    expect(delegateChains(graph, [0], [0, 1])).to.deep.equal({
      chains: new Map([[0, [1, 0]]]),
      picked: [1, 0],
    });
  });
});
