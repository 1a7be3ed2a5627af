/** An error, as an editor shows it beside the line where the program stopped for it. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatError } from '../../debug/errors/format-error.js';

/** Groups may be nested without end. */
const DEPTH = 5;

export function exceptionInfo(
  error: unknown,
  endsTask: boolean,
): DebugProtocol.ExceptionInfoResponse['body'] {
  return {
    exceptionId: nameOf(error),
    description: formatError(error, { color: false, code: false }),
    breakMode: endsTask ? 'unhandled' : 'always',
    details: detailsOf(error, DEPTH),
  };
}

/** In a line: 'RangeError: no such page'. */
export function headOf(error: unknown): string {
  const message = error instanceof Error ? textOf(() => error.message) : textOf(() => String(error));
  return message === '' ? nameOf(error) : `${nameOf(error)}: ${message}`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? textOf(() => error.name) || 'Error' : typeof error;
}

function detailsOf(error: unknown, depth: number): DebugProtocol.ExceptionDetails {
  if (!(error instanceof Error)) return { message: textOf(() => String(error)), typeName: typeof error };
  const inner: unknown[] = error instanceof AggregateError ? error.errors : [error.cause];
  return {
    message: textOf(() => error.message),
    typeName: nameOf(error),
    fullTypeName: textOf(() => error.constructor.name),
    stackTrace: textOf(() => error.stack),
    innerException:
      depth === 0 ? [] : inner.filter((one) => one !== undefined).map((one) => detailsOf(one, depth - 1)),
  };
}

/** The properties of an error may be the user's. */
function textOf(read: () => unknown): string {
  try {
    const text = read();
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}
