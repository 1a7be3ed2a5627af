/**
 * The private fields of objects (`#name`). The language hides them from all code outside of the class, and so from
 * whatever walks over properties; the inspector sees them.
 */
import { releaseHandles } from './examine-generators.js';
import {
  askSync,
  callOn,
  evaluate,
  type Inquiry,
  markInquiries,
  type Properties,
  propertiesOf,
  type RemoteObject,
} from './inspector-protocol.js';
import { localInspector } from './local-inspector.js';

/** A field as the inspector hands it over: to be the argument of a call. */
export interface FoundField {
  readonly name: string;
  /** The value is the function that gets it. */
  readonly isGetter: boolean;
  readonly argument: Pick<RemoteObject, 'objectId' | 'value' | 'unserializableValue'>;
}

export interface PrivateField {
  readonly name: string;
  readonly isGetter: boolean;
  readonly value: unknown;
}

/** Those of an object by its handle; the fields of the innermost class come last. */
export function* findPrivateFields(objectId: string): Inquiry<FoundField[]> {
  const [answer] = yield [propertiesOf(objectId)];
  const { privateProperties = [] } = answer as Properties;
  const found: FoundField[] = [];
  for (const { name, value, get } of privateProperties) {
    const held = value ?? get;
    if (held === undefined) continue; // it can only be set
    const { objectId: handle, unserializableValue: text } = held;
    const argument =
      handle !== undefined
        ? { objectId: handle }
        : text !== undefined
          ? { unserializableValue: text }
          : { value: held.value };
    // No value at all stands for undefined.
    found.push({ name, isGetter: value === undefined, argument: held.type === 'undefined' ? {} : argument });
  }
  return found;
}

const SLOT = Symbol.for('treadle.opened');

interface Opened {
  readonly object: object;
  values: readonly unknown[];
}

/** Those of an object of this process; none where there is no inspector. */
export function privateFieldsOf(object: object): readonly PrivateField[] {
  const inspector = localInspector();
  if (typeof inspector === 'string') return [];
  const slots = globalThis as { [SLOT]?: Opened };
  const opened: Opened = { object, values: [] };
  slots[SLOT] = opened;
  try {
    const found = askSync(inspector, open());
    return found.map(({ name, isGetter }, at) => ({ name, isGetter, value: opened.values[at] }));
  } finally {
    delete slots[SLOT];
  }
}

function* open(): Inquiry<FoundField[]> {
  try {
    const { objectId } = yield* evaluate(`globalThis[Symbol.for('treadle.opened')]`);
    if (objectId === undefined) return []; // the inspector looks at another context
    const object = yield* callOn(objectId, 'function () { return this.object; }', [], false);
    if (object.objectId === undefined) return [];
    const fields = yield* findPrivateFields(object.objectId);
    const keep = 'function (...values) { this.values = values; }';
    yield* callOn(
      objectId,
      keep,
      fields.map(({ argument }) => argument),
    );
    return fields;
  } finally {
    yield* releaseHandles();
  }
}

markInquiries(findPrivateFields, open);
