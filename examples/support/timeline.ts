/**
 * A timeline of tasks as a text chart, drawn from an instrument:
 *
 *     const timeline = new Timeline();
 *     await run(main, { instruments: [timeline] });
 *     console.log(timeline.draw());
 *
 * One row a task, children below the task that spawned them. A task is on the processor only for the instants
 * between two waits, so a column is marked `●` when the task ran at any moment of the time it stands for, and
 * `─` when it waited (or was ready, but not yet its turn) throughout. `╳` is where a cancellation reached it; that
 * shows on the task which hosts a cancelled group, too.
 *
 * Every step is recorded, so this is for programs that one can watch, not for those that run for days.
 */
import type { Instrument, TaskInfo } from 'treadle';

export interface DrawOptions {
  /** Columns for the bars. Default: 60. */
  readonly width?: number;
  /** Use ANSI colours. Default: when standard output is a terminal that has them, and NO_COLOR is unset. */
  readonly colour?: boolean;
}

interface Row {
  readonly task: TaskInfo;
  readonly spawned: number;
  readonly steps: { start: number; end: number }[];
  cancelled: number | undefined;
  ended: number | undefined;
}

export class Timeline implements Instrument {
  readonly #rows = new Map<number, Row>(); // in order of spawning
  readonly #now: () => number;

  /** @param now Milliseconds on the clock to draw by; give the loop's own for a run on the virtual clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  spawn(task: TaskInfo): void {
    this.#rows.set(task.id, {
      task,
      spawned: this.#now(),
      steps: [],
      cancelled: undefined,
      ended: undefined,
    });
  }

  stepStart(task: TaskInfo): void {
    const start = this.#now();
    this.#rows.get(task.id)?.steps.push({ start, end: start });
  }

  stepEnd(task: TaskInfo): void {
    const step = this.#rows.get(task.id)?.steps.at(-1);
    if (step !== undefined) step.end = this.#now();
  }

  cancel(task: TaskInfo): void {
    const row = this.#rows.get(task.id);
    if (row !== undefined) row.cancelled ??= this.#now();
  }

  exit(task: TaskInfo): void {
    const row = this.#rows.get(task.id);
    if (row !== undefined) row.ended = this.#now();
  }

  /** The chart of all that was recorded so far. */
  draw(options: DrawOptions = {}): string {
    const { width = 60, colour = process.stdout.isTTY && process.stdout.hasColors() } = options;
    const rows = [...this.#rows.values()];
    if (rows.length === 0) return '(no task was spawned)';

    const begin = Math.min(...rows.map((row) => row.spawned));
    const end = Math.max(...rows.map((row) => row.ended ?? this.#now()));
    const scale: Scale = { begin, span: Math.max(end - begin, 1), width };
    const labels = this.#labels();
    const labelWidth = Math.max(...[...labels.values()].map((label) => label.length)) + 2;
    const paint = colour ? paintAnsi : paintPlain;

    const lines = [...labels].map(([row, label]) => {
      const length = ((row.ended ?? end) - row.spawned) / 1000;
      const steps = `${row.steps.length} step${row.steps.length === 1 ? '' : 's'}`;
      return `${label.padEnd(labelWidth)}${paint(bar(row, scale))}  ${length.toFixed(2)} s, ${steps}`;
    });
    const axis = timeAxis(scale).map((line) => paint(''.padEnd(labelWidth) + line));
    const legend = `${''.padEnd(labelWidth)}● runs   ─ waits   ╳ is cancelled`;
    return [...lines, ...axis, legend].join('\n');
  }

  /** Each row with its name, drawn as a branch of the tree of tasks, parents first. */
  #labels(): Map<Row, string> {
    const labels = new Map<Row, string>();
    const visit = (parent: Row | undefined, indent: string): void => {
      const children = [...this.#rows.values()].filter((row) =>
        parent === undefined
          ? row.task.parentId === undefined || !this.#rows.has(row.task.parentId)
          : row.task.parentId === parent.task.id,
      );
      children.forEach((row, index) => {
        const last = index === children.length - 1;
        labels.set(
          row,
          parent === undefined ? row.task.name : `${indent}${last ? '└─ ' : '├─ '}${row.task.name}`,
        );
        visit(row, parent === undefined ? '' : `${indent}${last ? '   ' : '│  '}`);
      });
    };
    visit(undefined, '');
    return labels;
  }
}

interface Scale {
  readonly begin: number;
  readonly span: number;
  readonly width: number;
}

function columnOf(time: number, { begin, span, width }: Scale): number {
  return Math.min(width - 1, Math.floor(((time - begin) / span) * width));
}

function bar(row: Row, scale: Scale): string {
  const cells = new Array<string>(scale.width).fill(' ');
  const last = row.ended === undefined ? scale.width - 1 : columnOf(row.ended, scale);
  cells.fill('─', columnOf(row.spawned, scale), last + 1);
  for (const step of row.steps) {
    cells.fill('●', columnOf(step.start, scale), columnOf(step.end, scale) + 1);
  }
  if (row.cancelled !== undefined) cells[columnOf(row.cancelled, scale)] = '╳';
  return cells.join('');
}

/** Two lines: the ruler with a mark at every round time, and what the marks say. */
function timeAxis(scale: Scale): [ruler: string, figures: string] {
  const interval = roundInterval(scale.span);
  const decimals = Math.max(0, Math.ceil(-Math.log10(interval / 1000)));
  const ruler = new Array<string>(scale.width).fill('─');
  let figures = '';
  for (let time = 0; time <= scale.span; time += interval) {
    const column = columnOf(scale.begin + time, scale);
    ruler[column] = time === 0 ? '└' : '┴';
    figures = `${figures.padEnd(column)}${(time / 1000).toFixed(decimals)} s`;
  }
  return [ruler.join(''), figures];
}

/** The smallest of 1, 2, 5, 10, 20, 50, … ms that cuts the span into at most five pieces. */
function roundInterval(span: number): number {
  const decade = 10 ** Math.floor(Math.log10(span / 5));
  return [1, 2, 5, 10].map((factor) => factor * decade).find((interval) => span / interval <= 5) ?? span;
}

const COLOURS: Readonly<Record<string, string>> = { '●': '36', '╳': '31' };

function paintAnsi(text: string): string {
  return text.replace(/●+|╳|[─└┴]+/g, (run) => `\x1b[${COLOURS[run.charAt(0)] ?? '2'}m${run}\x1b[0m`);
}

function paintPlain(text: string): string {
  return text;
}
