/**
 * How the debugger talks to V8's inspector, apart from where that is.
 *
 * What is to be found out is the same in this process, where the inspector answers before `post` returns, and in
 * another one, at the far end of a socket. So an *inquiry* is a generator that yields its requests, in batches, and is
 * resumed with the answers; who drives it knows how to wait:
 *
 *     inquiry ── yield [request, request, …] ──▶ askSync(session)      posts each, has the answers at once
 *             ◀── next([answer, answer, …]) ───  askAsync(socket)      sends all, awaits all
 */

export interface Request {
  readonly method: string;
  readonly params?: object;
  /** Collect the events of this name meanwhile: the answer is then an `Answered`. */
  readonly events?: string;
}

/** The answer to a request that asked for events. */
export interface Answered {
  readonly result: unknown;
  readonly events: readonly unknown[];
}

export type Inquiry<T> = Generator<readonly Request[], T, readonly unknown[]>;

const INQUIRY = Symbol.for('treadle.inquiry');

/**
 * Marks functions that make inquiries, so that a debugger that looks for suspended generators in its own process does
 * not find itself. Text that finds the mark: `INQUIRY_MARK in generator`.
 */
export function markInquiries(...functions: readonly { readonly prototype: unknown }[]): void {
  for (const { prototype } of functions) Object.defineProperty(prototype, INQUIRY, { value: true });
}

export const INQUIRY_MARK = "Symbol.for('treadle.inquiry')";

/** An inspector in the same thread. `post` throws what the inspector refuses. */
export interface SyncInspector {
  post(method: string, params?: object): unknown;
  /** Gives the function that ends the listening. */
  onEvent(name: string, listener: (params: unknown) => void): () => void;
}

/** An inspector elsewhere. `post` rejects with what the inspector refuses, or when the connection is lost. */
export interface AsyncInspector {
  post(method: string, params?: object): Promise<unknown>;
  onEvent(name: string, listener: (params: unknown) => void): () => void;
}

/** Drives an inquiry in this process. */
export function askSync<T>(inspector: SyncInspector, inquiry: Inquiry<T>): T {
  let step = inquiry.next([]);
  while (step.done !== true) {
    let answers: unknown[];
    try {
      answers = step.value.map((request) => postSync(inspector, request));
    } catch (error) {
      step = inquiry.throw(error);
      continue;
    }
    step = inquiry.next(answers);
  }
  return step.value;
}

function postSync(inspector: SyncInspector, { method, params, events }: Request): unknown {
  if (events === undefined) return inspector.post(method, params);
  const seen: unknown[] = [];
  const stop = inspector.onEvent(events, (event) => seen.push(event));
  try {
    return { result: inspector.post(method, params), events: seen };
  } finally {
    stop();
  }
}

/** Drives an inquiry over a connection. The requests of a batch are under way together. */
export async function askAsync<T>(inspector: AsyncInspector, inquiry: Inquiry<T>): Promise<T> {
  let step = inquiry.next([]);
  while (step.done !== true) {
    const answers = await Promise.allSettled(step.value.map((request) => postAsync(inspector, request)));
    const failed = answers.find((answer) => answer.status === 'rejected');
    step =
      failed === undefined
        ? inquiry.next(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined)))
        : inquiry.throw(failed.reason);
  }
  return step.value;
}

async function postAsync(inspector: AsyncInspector, { method, params, events }: Request): Promise<unknown> {
  if (events === undefined) return inspector.post(method, params);
  const seen: unknown[] = [];
  const stop = inspector.onEvent(events, (event) => seen.push(event));
  try {
    return { result: await inspector.post(method, params), events: seen };
  } finally {
    stop();
  }
}

/** One request and its answer. */
export function* ask<T>(method: string, params: object): Inquiry<T> {
  const [answer] = yield [{ method, params }];
  return answer as T;
}

/** What the protocol says of a value: as much of it as is read here. */
export interface RemoteObject {
  readonly type: string;
  readonly subtype?: string;
  readonly className?: string;
  readonly description?: string;
  readonly value?: unknown;
  /** Of a value that JSON does not have: 'NaN', '5n'. */
  readonly unserializableValue?: string;
  readonly objectId?: string;
}

interface PropertyOf {
  readonly name: string;
  readonly value?: RemoteObject;
  readonly get?: RemoteObject;
}

export interface Properties {
  readonly result: readonly PropertyOf[];
  readonly internalProperties?: readonly PropertyOf[];
  readonly privateProperties?: readonly PropertyOf[];
}

interface Evaluated {
  readonly result: RemoteObject;
  readonly exceptionDetails?: { readonly text: string; readonly exception?: RemoteObject };
}

/** All handles that an inquiry is given belong to this group, and are released together. */
export const OBJECT_GROUP = 'treadle';

/** Evaluates an expression and gives a handle of what it gives. @throws Error with what the expression threw. */
export function* evaluate(expression: string): Inquiry<RemoteObject> {
  const params = { expression, objectGroup: OBJECT_GROUP, silent: true };
  return resultOf(yield* ask<Evaluated>('Runtime.evaluate', params));
}

/** Calls a function with the object as `this`. Arguments are handles; the result is a value or, `byValue` false, a handle. */
export function* callOn(
  objectId: string,
  functionDeclaration: string,
  args: readonly Partial<RemoteObject>[],
  byValue = true,
): Inquiry<RemoteObject> {
  const group = byValue ? { returnByValue: true } : { objectGroup: OBJECT_GROUP };
  const params = { objectId, functionDeclaration, arguments: args, silent: true, ...group };
  return resultOf(yield* ask<Evaluated>('Runtime.callFunctionOn', params));
}

function resultOf({ result, exceptionDetails }: Evaluated): RemoteObject {
  if (exceptionDetails === undefined) return result;
  throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
}

/** A request for the properties of an object, those included that only the engine sees. */
export function propertiesOf(objectId: string): Request {
  return { method: 'Runtime.getProperties', params: { objectId, ownProperties: true } };
}

markInquiries(ask, evaluate, callOn);
