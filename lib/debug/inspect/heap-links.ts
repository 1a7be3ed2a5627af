/**
 * Who has delegated to whom by native `yield*`, found out afterwards, in a process in which nobody watched.
 *
 * First: is there anything to find? The inspector can list all generators of the process; if none is suspended but
 * those on the stacks of tasks, nothing is hidden. Else a heap snapshot tells: a suspended generator keeps its registers
 * in a list, and `yield*` keeps three of them side by side for as long as it lasts: the delegate, what is sent to it,
 * and its `next`.
 *
 *     generator ── parameters_and_registers ──▶ [ …, 6: delegate, 7: input, 8: function next, … ]
 *
 * A snapshot stops the process for some 10 µs an object (0.3 s in a small program), so in a process with a large heap
 * it is not taken, and the answer is why not. The object ids that V8 keeps for it are dropped afterwards.
 */
import { BATCH, declarationsOf, elementsOf, examine, isSamePosition } from './examine-generators.js';
import { HeapGraph } from './heap-graph.js';
import {
  type Answered,
  ask,
  callOn,
  INQUIRY_MARK,
  type Inquiry,
  markInquiries,
  OBJECT_GROUP,
} from './inspector-protocol.js';

/** The delegates that were found. */
export interface Delegations {
  /** For the number of a known generator those it has delegated to, the innermost first, as places in `handles`. */
  readonly chains: ReadonlyMap<number, readonly number[]>;
  readonly handles: readonly string[];
}

const NONE: Delegations = { chains: new Map(), handles: [] };

/** Distance of the register of `next` from that of the delegate: the input is between them. */
const TO_NEXT = 2;
/** So many generators are looked at one by one before a snapshot is taken for their sake. */
const FEW = 5 * BATCH;

/** Keeps in `this.unknown` all generators of the process but those in `this.generators`, and gives their count. */
const FIND_UNKNOWN = `function (all) {
  const types = globalThis.process?.getBuiltinModule?.('node:util')?.types;
  const known = new Set(this.generators);
  // The engine runs modules by generators too, which have no prototype of their own.
  const base = Object.getPrototypeOf(function* () {}).prototype;
  const isGenerator = (it) => Object.getPrototypeOf(it) !== base && types?.isGeneratorObject(it) !== false;
  this.unknown = all.filter((it) => !known.has(it) && isGenerator(it) && !(${INQUIRY_MARK} in it));
  return this.unknown.length;
}`;

/**
 * Finds the delegates of the generators in the property `generators` of the holder; or, in words, why it did not
 * look for them.
 */
export function* findDelegates(holderId: string, heapLimitMB: number): Inquiry<Delegations | string> {
  const prototype = yield* callOn(
    holderId,
    'function () { return Object.getPrototypeOf(function* () {}).prototype; }',
    [],
    false,
  );
  const { objects } = yield* ask<{ objects: { objectId: string } }>('Runtime.queryObjects', {
    prototypeObjectId: prototype.objectId,
    objectGroup: OBJECT_GROUP,
  });
  const { value: count } = yield* callOn(holderId, FIND_UNKNOWN, [{ objectId: objects.objectId }]);
  if (count === 0) return NONE;
  if ((count as number) <= FEW && !(yield* isAnySuspended(holderId))) return NONE;
  const { usedSize } = yield* ask<{ usedSize: number }>('Runtime.getHeapUsage', {});
  const usedMB = usedSize / 2 ** 20;
  if (usedMB > heapLimitMB) {
    return (
      `the heap is too large to be searched for them (${usedMB.toFixed(0)} MB, the option heapLimitMB is ${heapLimitMB}); ` +
      'a program that calls watchDelegation() when it begins shows them at once'
    );
  }
  return yield* searchHeap(holderId);
}

/** Whether one of them is suspended at a yield. One that has not begun stands at its declaration, and holds nothing. */
function* isAnySuspended(holderId: string): Inquiry<boolean> {
  const unknown = yield* callOn(holderId, 'function () { return this.unknown; }', [], false);
  const handles = yield* elementsOf(unknown.objectId as string);
  for (let at = 0; at < handles.length; at += BATCH) {
    const found = yield* examine(handles.slice(at, at + BATCH));
    const suspended = found.filter(({ state, fn }) => state === 'suspended' && fn !== undefined);
    const declared = yield* declarationsOf(suspended.map(({ fn }) => fn as string));
    if (suspended.some(({ position }, n) => !isSamePosition(position, declared[n]))) return true;
  }
  return false;
}

function* searchHeap(holderId: string): Inquiry<Delegations> {
  const [snapshot] = yield [
    {
      method: 'HeapProfiler.takeHeapSnapshot',
      params: { reportProgress: false },
      events: 'HeapProfiler.addHeapSnapshotChunk',
    },
  ];
  const { heapSnapshotObjectId } = yield* ask<{ heapSnapshotObjectId: string }>(
    'HeapProfiler.getHeapObjectId',
    { objectId: holderId },
  );
  yield [{ method: 'HeapProfiler.disable' }]; // V8 forgets the ids of its objects
  const chunks = (snapshot as Answered).events as readonly { chunk: string }[];
  const graph = new HeapGraph(chunks.map(({ chunk }) => chunk).join(''));
  const holder = graph.find(Number(heapSnapshotObjectId));
  const known = graph.elementsOf(graph.follow(holder, 'generators'));
  const unknown = graph.elementsOf(graph.follow(holder, 'unknown'));
  const { chains, picked } = delegateChains(graph, known, unknown);
  if (picked.length === 0) return NONE;
  const linked = yield* callOn(
    holderId,
    'function (places) { return places.map((place) => this.unknown[place]); }',
    [{ value: picked }],
    false,
  );
  return { chains, handles: yield* elementsOf(linked.objectId as string) };
}

/** The chains of delegates of all known generators, and the places in `unknown` of those that are in one. */
export function delegateChains(
  graph: HeapGraph,
  known: readonly number[],
  unknown: readonly number[],
): { chains: Map<number, number[]>; picked: number[] } {
  const places = new Map<number, number>();
  for (const [place, node] of unknown.entries()) places.set(node, place);
  const chains = new Map<number, number[]>();
  const picked: number[] = [];
  known.forEach((node, generator) => {
    const chain: number[] = [];
    let delegate = delegateOf(graph, node, places);
    while (delegate !== undefined) {
      const place = places.get(delegate) as number;
      places.delete(delegate); // a generator has one delegator: whatever the registers say, this ends
      chain.push(picked.push(place) - 1);
      delegate = delegateOf(graph, delegate, places);
    }
    if (chain.length > 0) chains.set(generator, chain.reverse());
  });
  return { chains, picked };
}

/** The generator that this one has delegated to, if it is among the `candidates`. */
function delegateOf(
  graph: HeapGraph,
  generator: number,
  candidates: ReadonlyMap<number, number>,
): number | undefined {
  const registers = graph.follow(generator, 'parameters_and_registers');
  if (registers === undefined) return undefined;
  const slots = new Map<number, number>();
  for (const { key, to } of graph.edgesOf(registers)) slots.set(Number(key), to);
  let found: number | undefined;
  for (const [slot, node] of slots) {
    const next = slots.get(slot + TO_NEXT);
    if (next !== undefined && candidates.has(node) && graph.nameOf(next) === 'next') found = node;
  }
  return found;
}

markInquiries(findDelegates, isAnySuspended, searchHeap);
