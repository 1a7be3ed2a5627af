/** The file that the pipeline reads: an access log that is only made up, the same every time. */
import { closeSync, openSync, writeSync } from 'node:fs';

/** One line: `1700000000123 198.51.100.7 /shop/item/42 200 5120`. */
export interface Entry {
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

/** Undefined for a line that is no entry. */
export function parseLine(line: string): Entry | undefined {
  const [, , path, status, bytes] = line.split(' ');
  if (path === undefined || bytes === undefined) return undefined;
  return { path, status: Number(status), bytes: Number(bytes) };
}

/** What is looked for: errors of the server. */
export function isFailure({ status }: Entry): boolean {
  return status >= 500;
}

export interface Totals {
  readonly lines: number;
  readonly failures: number;
  readonly bytes: number;
}

const SECTIONS = ['shop', 'blog', 'help', 'api', 'images'];
const STATUSES = [200, 200, 200, 200, 304, 404, 500, 503];
const CHUNK = 1 << 20;

/** Writes about `bytes` bytes of log to `path`; gives what a pipeline must find in it. */
export function writeLog(path: string, bytes: number): Totals {
  const file = openSync(path, 'w');
  let seed = 12345;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  let [lines, failures, failureBytes] = [0, 0, 0];
  try {
    for (let written = 0; written < bytes; ) {
      let text = '';
      while (text.length < CHUNK && written + text.length < bytes) {
        const status = STATUSES[next(STATUSES.length)] ?? 200;
        const size = next(100_000);
        const address = `198.51.${next(256)}.${next(256)}`;
        const target = `/${SECTIONS[next(SECTIONS.length)]}/item/${next(5000)}`;
        text += `${1_700_000_000_000 + lines} ${address} ${target} ${status} ${size}\n`;
        lines++;
        if (status >= 500) {
          failures++;
          failureBytes += size;
        }
      }
      written += writeSync(file, text);
    }
  } finally {
    closeSync(file);
  }
  return { lines, failures, bytes: failureBytes };
}
