/** How things end: with a value, with Cancelled, or with an error. */
import { ExceptionGroup, isCancelled } from 'treadle';

/** How a coroutine or an operation ended. */
export type Ending =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'cancelled'; readonly error: unknown }
  | { readonly kind: 'error'; readonly error: unknown };

export function returned(value: unknown): Ending {
  return { kind: 'value', value };
}

export function threw(error: unknown): Ending {
  return { kind: isCancellation(error) ? 'cancelled' : 'error', error };
}

/** A Cancelled, also inside of a group that the program has put round it. */
export function isCancellation(error: unknown): boolean {
  return isCancelled(error) || (error instanceof ExceptionGroup && error.errors.every(isCancellation));
}

export function describeEnding(ending: Ending | undefined): string {
  if (ending === undefined) return 'never ended';
  if (ending.kind === 'value') return `value ${String(ending.value)}`;
  if (ending.kind === 'cancelled') return 'Cancelled';
  return describeError(ending.error);
}

export function describeError(error: unknown): string {
  if (error instanceof ExceptionGroup) return `group(${error.errors.map(describeError).join(', ')})`;
  return error instanceof Error ? `${error.name} ${error.message}` : String(error);
}
