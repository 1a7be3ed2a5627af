/**
 * Calls of a debuggee's methods by messages between two processes:
 *
 *     adapter   { id: 7, method: 'threads', args: [] }      ──▶  the process of the program
 *               { id: 7, result: […] } or { id: 7, error }  ◀──
 *               { event: 'stopped', body: … }               ◀──
 */
import type { Debuggee, DebuggeeEvent } from './debuggee.js';
import { RequestError } from './request-error.js';

export interface Call {
  readonly id: number;
  readonly method: keyof Debuggee;
  readonly args: readonly unknown[];
}

export type Answer = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly error: string; readonly isRequestError: boolean }
);

/** The first message of the process: it is ready, or why it cannot be. */
export interface Opened {
  readonly opened: true | string;
}

/** What the process of the program is started with. */
export interface LaunchOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly backend: 'virtual' | 'node' | undefined;
  readonly stopOnEntry: boolean;
  readonly stopOnEnd: boolean;
}

export type FromProcess = Answer | DebuggeeEvent | Opened;

/** Calls the method and makes an answer of what it gives or throws. */
export async function answerTo(debuggee: Debuggee, { id, method, args }: Call): Promise<Answer> {
  try {
    const fn = debuggee[method] as (...args: unknown[]) => Promise<unknown>;
    return { id, result: (await fn.apply(debuggee, [...args])) ?? null };
  } catch (error) {
    const isRequestError = error instanceof RequestError;
    const { message, stack } = error as Error;
    return { id, isRequestError, error: isRequestError ? message : (stack ?? message) };
  }
}
