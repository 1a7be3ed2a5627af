/**
 * Tasks as a flat table, a line each, for reading and for grep:
 *
 *     ID  NAME     STATE   WAITS FOR              WHERE
 *      1  main     parked  children of group      main at app.ts:31:11
 *      2  fetch    parked  lock "db" held by #3   load at db.ts:12:9
 *
 * On a terminal the lines are cut to its width; in a pipe they are whole.
 */
import { printable } from '../base/printable.js';
import { isEngineFile } from '../base/stack-text.js';
import type { TaskSnapshot } from '../debug/inspect/task-snapshot.js';
import type { Paint } from '../debug/paint.js';
import { showLocation } from '../debug/source/show-location.js';

const HEAD = ['ID', 'NAME', 'STATE', 'WAITS FOR', 'WHERE'] as const;
/** Columns wider than that push the rest out of sight. */
const WIDEST = [8, 32, 18, 60, Infinity] as const;
const GAP = '  ';

interface Row {
  readonly task: TaskSnapshot;
  readonly cells: readonly string[];
}

/** @param width of the terminal; Infinity: lines are not cut. */
export function formatTable(tasks: readonly TaskSnapshot[], paint: Paint, width: number): string {
  const runs = new Map<string, Row[]>();
  for (const task of tasks) {
    const rows = runs.get(task.run) ?? [];
    runs.set(task.run, rows);
    rows.push({ task, cells: cellsOf(task) });
  }
  const all = [...runs.values()].flat();
  const widths = HEAD.map((title, column) =>
    Math.min(
      WIDEST[column] as number,
      all.reduce((widest, { cells }) => Math.max(widest, (cells[column] as string).length), title.length),
    ),
  );
  const lines: string[] = [];
  for (const [run, rows] of runs) {
    if (lines.length > 0) lines.push('');
    const count = rows.length === 1 ? '1 task' : `${rows.length} tasks`;
    lines.push(paint('bold', `${printable(run)}: ${count}`));
    lines.push(paint('dim', lineOf(HEAD, widths, width)));
    for (const { task, cells } of rows) lines.push(painted(task, lineOf(cells, widths, width), paint));
  }
  return lines.join('\n');
}

function cellsOf(task: TaskSnapshot): string[] {
  // Where the user's own code stands, if any of it is on the stack.
  const innermost = task.frames.find(({ location }) => !isEngineFile(location?.file ?? '')) ?? task.frames[0];
  const place = innermost?.location && showLocation(innermost.location);
  return [
    String(task.id),
    task.name,
    task.isCancelled ? `${task.state}, cancelled` : task.state,
    task.waitsFor ?? '',
    innermost === undefined ? '' : place === undefined ? innermost.name : `${innermost.name} at ${place}`,
  ].map(printable);
}

function lineOf(cells: readonly string[], widths: readonly number[], width: number): string {
  const line = cells
    .map((cell, column) => {
      const room = widths[column] as number;
      const text = cell.length > room ? `${cell.slice(0, room - 1)}…` : cell;
      if (column === 0) return text.padStart(room);
      return column === cells.length - 1 ? text : text.padEnd(room);
    })
    .join(GAP)
    .trimEnd();
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

function painted(task: TaskSnapshot, line: string, paint: Paint): string {
  if (task.isCancelled) return paint('red', line);
  return task.state === 'parked' ? line : paint('green', line);
}
