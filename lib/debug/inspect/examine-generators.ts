/**
 * What the inspector tells of generator objects: where each is suspended, and handles of its variables and of its
 * function. A question costs some 60 µs, so it is asked once a generator, and the variables of many are fetched by one
 * call.
 */

import type { Position } from '../source/source-maps.js';
import {
  ask,
  type Inquiry,
  markInquiries,
  OBJECT_GROUP,
  type Properties,
  propertiesOf,
  type RemoteObject,
} from './inspector-protocol.js';

/** A position in a script, as V8 tells it. */
export interface ScriptPosition extends Position {
  readonly scriptId: string;
}

export interface Examined {
  readonly state: 'suspended' | 'running' | 'closed';
  /** Of the yield; undefined while it runs. */
  readonly position: ScriptPosition | undefined;
  /** Handles. */
  readonly scopes: string | undefined;
  /** What `this` is in it, if that is an object. */
  readonly receiver: string | undefined;
  readonly fn: string | undefined;
}

/** What is sent at once: enough to make the way to another process not count. */
export const BATCH = 200;

/** Handles of the elements of an array. */
export function* elementsOf(arrayId: string): Inquiry<string[]> {
  const { result } = yield* ask<Properties>('Runtime.getProperties', {
    objectId: arrayId,
    ownProperties: true,
  });
  const handles: string[] = [];
  for (const { name, value } of result) {
    if (!/^\d+$/.test(name) || value?.objectId === undefined) continue;
    handles[Number(name)] = value.objectId;
  }
  return handles;
}

/** Looks at a batch of generators, or of functions that are still to be called. */
export function* examine(handles: readonly string[]): Inquiry<Examined[]> {
  const answers = yield handles.map(propertiesOf);
  return answers.map((answer, at) => examined(answer as Properties, handles[at] as string));
}

function examined({ internalProperties = [] }: Properties, handle: string): Examined {
  const internal = new Map<string, RemoteObject | undefined>();
  for (const { name, value } of internalProperties) internal.set(name, value);
  const declared = internal.get('[[FunctionLocation]]')?.value as ScriptPosition | undefined;
  // A function that is still to be called: as a generator of it would be, that has not begun.
  if (declared !== undefined)
    return { state: 'suspended', position: declared, scopes: undefined, receiver: undefined, fn: handle };
  const state = (internal.get('[[GeneratorState]]')?.value ?? 'closed') as Examined['state'];
  return {
    state,
    position:
      state === 'suspended'
        ? (internal.get('[[GeneratorLocation]]')?.value as ScriptPosition | undefined)
        : undefined,
    scopes: internal.get('[[Scopes]]')?.objectId,
    receiver: internal.get('[[GeneratorReceiver]]')?.objectId,
    fn: internal.get('[[GeneratorFunction]]')?.objectId,
  };
}

/** Where functions were declared. */
export function* declarationsOf(functionIds: readonly string[]): Inquiry<(ScriptPosition | undefined)[]> {
  const answers = yield functionIds.map(propertiesOf);
  return answers.map((answer) => {
    const { internalProperties = [] } = answer as Properties;
    const location = internalProperties.find(({ name }) => name === '[[FunctionLocation]]');
    return location?.value?.value as ScriptPosition | undefined;
  });
}

/** Whether two positions are one. */
export function isSamePosition(one: ScriptPosition | undefined, other: ScriptPosition | undefined): boolean {
  return (
    one !== undefined &&
    one.scriptId === other?.scriptId &&
    one.lineNumber === other.lineNumber &&
    one.columnNumber === other.columnNumber
  );
}

/** Lets go of all handles. */
export function* releaseHandles(): Inquiry<void> {
  yield [{ method: 'Runtime.releaseObjectGroup', params: { objectGroup: OBJECT_GROUP } }];
}

markInquiries(elementsOf, examine, declarationsOf, releaseHandles);
