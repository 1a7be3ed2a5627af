/**
 * Tasks as a text for people: who spawned whom, what each waits for, where it stands, with the variables.
 *
 *     run "shop": 5 tasks, 5 parked
 *     serve #1  the end of task group "jobs" (4 children left)
 *     │ at serve  src/shop.ts:34:3
 *     ├─ worker-1 #2  sleep until +420 ms
 *     │    at readRow  src/shop.ts:11:3
 *     │       id = 10, table = "users"
 *     └─ 3 × consumer #3–#5  receive on stream "jobs" (0/100, 3 waiting)
 *          at consumer  src/shop.ts:29:18
 */
import { printable } from '../../base/printable.js';
import { isEngineFile } from '../../base/stack-text.js';
import { type Paint, painter } from '../paint.js';
import { showLocation } from '../source/show-location.js';
import { type Fold, foldTasks, idRanges, mergeNumbers } from './fold-tasks.js';
import type { FrameSnapshot, ScopeSnapshot, TaskSnapshot } from './task-snapshot.js';

export interface FormatOptions {
  /** Default: whether stdout is a terminal that shows colours. */
  readonly color?: boolean;
  /** Local variables; default true. */
  readonly locals?: boolean;
}

/** Names, and ranges of ids, that the title of several tasks lists. */
const NAMES = 3;
const RANGES = 6;
/** Where lines of variables are wrapped. */
const WIDTH = 100;
/** Levels that are indented: below, the tree goes on without. */
const DEEPEST = 30;

/** A line of output that is still to be made. */
interface Job {
  readonly fold: Fold;
  /** What stands before the lines of the task's siblings. */
  readonly prefix: string;
  readonly isRoot: boolean;
  readonly isLast: boolean;
  readonly depth: number;
}

/**
 * The tasks as a tree in text, each with what it waits for, its frames from the innermost outwards, and their
 * variables. Siblings that stand alike are shown once, with their count, and with the variables of the first.
 *
 * @param snapshots What `inspectTasks` gave, or some of it: a task comes with its children.
 * @example
 *     process.on('SIGQUIT', () => console.error(formatTasks(inspectTasks())));
 */
export function formatTasks(snapshots: readonly TaskSnapshot[], options: FormatOptions = {}): string {
  if (!Array.isArray(snapshots)) throw new TypeError('formatTasks(snapshots) takes what inspectTasks() gave');
  const stdout = typeof process === 'object' ? process.stdout : undefined;
  const writer = new Writer(painter(options.color, stdout), options.locals !== false);
  return writer.write(snapshots);
}

class Writer {
  private readonly paint: Paint;
  private readonly withLocals: boolean;
  private readonly lines: string[] = [];

  constructor(paint: Paint, withLocals: boolean) {
    this.paint = paint;
    this.withLocals = withLocals;
  }

  write(snapshots: readonly TaskSnapshot[]): string {
    if (snapshots.length === 0) return 'no tasks: no run is alive';
    const folds = foldTasks(snapshots);
    let run: string | undefined;
    for (const fold of folds) {
      const [{ run: itsRun }] = fold.tasks;
      if (itsRun !== run) this.writeRun(itsRun, snapshots, run === undefined);
      run = itsRun;
      this.writeTree(fold);
    }
    this.writeMissing(snapshots);
    return this.lines.join('\n');
  }

  private writeRun(run: string, snapshots: readonly TaskSnapshot[], isFirst: boolean): void {
    const states = new Map<string, number>();
    let total = 0;
    for (const snapshot of flat(snapshots)) {
      if (snapshot.run !== run) continue;
      total++;
      states.set(snapshot.state, (states.get(snapshot.state) ?? 0) + 1);
    }
    const counts = [...states].map(([state, count]) => `${count} ${state}`).join(', ');
    if (!isFirst) this.lines.push('');
    this.lines.push(
      `${this.paint('bold', printable(run))}: ${total === 1 ? '1 task' : `${total} tasks`}, ${counts}`,
    );
  }

  /** Depth first, and not by recursion: trees of tasks may be deep. */
  private writeTree(root: Fold): void {
    const jobs: Job[] = [{ fold: root, prefix: '', isRoot: true, isLast: true, depth: 0 }];
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      const { fold, prefix, isRoot, isLast, depth } = job;
      const isIndented = !isRoot && depth < DEEPEST;
      const below = isIndented ? `${prefix}${isLast ? '   ' : '│  '}` : prefix;
      const hasChildren = fold.children.length > 0;
      this.lines.push(
        `${this.paint('dim', isRoot ? '' : `${prefix}${isLast ? '└─ ' : '├─ '}`)}${this.title(fold)}`,
      );
      for (const line of this.details(fold)) {
        this.lines.push(`${this.paint('dim', `${below}${hasChildren ? '│ ' : '  '}`)}${line}`);
      }
      const last = fold.children.length - 1;
      for (let at = last; at >= 0; at--) {
        jobs.push({
          fold: fold.children[at] as Fold,
          prefix: below,
          isRoot: false,
          isLast: at === last,
          depth: depth + 1,
        });
      }
    }
  }

  private title({ tasks }: Fold): string {
    const { paint } = this;
    const [first] = tasks;
    const names = [...new Set(tasks.map(({ name }) => name))];
    const name = names.slice(0, NAMES).join(', ') + (names.length > NAMES ? ', …' : '');
    const count = tasks.length === 1 ? '' : `${tasks.length} × `;
    const ids = paint('dim', idRanges(tasks, RANGES));
    const mark = first.isCancelled ? ` ${paint('red', 'cancelled')}` : '';
    return `${count}${paint('bold', printable(name))} ${ids}${mark}  ${this.standing(tasks)}`;
  }

  /** What it waits for, or what else it does. */
  private standing(tasks: Fold['tasks']): string {
    const { paint } = this;
    const [first] = tasks;
    if (first.state === 'created') return paint('green', 'has not begun');
    if (first.waitsFor === undefined) return paint('green', first.state);
    const words = mergeNumbers(tasks.map(({ waitsFor }) => waitsFor ?? ''));
    return paint('yellow', printable(words)) + (tasks.length === 1 ? this.blockers(first) : '');
  }

  /** Who could end the wait, if the words do not say so and they are not its children, which are shown anyway. */
  private blockers({ waitsFor = '', waitsForTasks, children }: TaskSnapshot): string {
    const own = new Set(children.map(({ id }) => id));
    const others = waitsForTasks.filter((id) => !own.has(id) && !waitsFor.includes(`#${id})`));
    if (others.length === 0) return '';
    const ids = others.slice(0, RANGES).map((id) => `#${id}`);
    return this.paint('dim', ` ← ${ids.join(', ')}${others.length > RANGES ? ', …' : ''}`);
  }

  private details({ tasks }: Fold): string[] {
    const [first] = tasks;
    const lines: string[] = [];
    const scopes = first.scopes.map(scopeText).filter((text) => text !== '');
    if (scopes.length > 0) lines.push(this.paint('magenta', printable(`in ${scopes.join(', in ')}`)));
    lines.push(...this.frames(first.frames, tasks.length > 1 ? first : undefined));
    if (first.spawnedAt !== undefined) {
      lines.push(this.paint('dim', `spawned at ${showLocation(first.spawnedAt)}`));
    }
    return lines;
  }

  /** `owner`: whose variables they are, if that has to be said. */
  private frames(frames: readonly FrameSnapshot[], owner: TaskSnapshot | undefined): string[] {
    const { paint } = this;
    const shown = withoutEngine(frames);
    const width = Math.max(...shown.map((frame) => (typeof frame === 'number' ? 0 : nameOf(frame).length)));
    const lines: string[] = [];
    for (const frame of shown) {
      if (typeof frame === 'number') {
        lines.push(paint('dim', `… ${frame === 1 ? '1 frame' : `${frame} frames`} of Treadle`));
        continue;
      }
      const place = frame.location === undefined ? '' : paint('cyan', showLocation(frame.location));
      lines.push(`at ${nameOf(frame).padEnd(place === '' ? 0 : width)}  ${place}`.trimEnd());
      if (this.withLocals) lines.push(...this.locals(frame, owner));
    }
    return lines;
  }

  private locals({ locals }: FrameSnapshot, owner: TaskSnapshot | undefined): string[] {
    const indent = '     ';
    const lines: string[] = [];
    let line = owner === undefined ? '' : `#${owner.id}: `;
    for (const { name, text, scope } of locals) {
      if (scope === 'closure') continue; // in the snapshot; here the enclosing function's frame shows them, or it is over
      const entry = `${name} = ${text}`;
      if (line !== '' && line.length + entry.length > WIDTH) {
        lines.push(line);
        line = '';
      }
      line += line === '' || line.endsWith(': ') ? entry : `, ${entry}`;
    }
    if (locals.some(({ scope }) => scope !== 'closure')) lines.push(line);
    return lines.map((text) => this.paint('gray', `${indent}${text}`));
  }

  /** What could not be found out, once each, with the number of tasks that it concerns. */
  private writeMissing(snapshots: readonly TaskSnapshot[]): void {
    const counts = new Map<string, number>();
    let total = 0;
    for (const { missing } of flat(snapshots)) {
      total++;
      for (const text of missing) counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    if (counts.size > 0) this.lines.push('');
    for (const [text, count] of counts) {
      const whose = count === total ? '' : ` (of ${count === 1 ? '1 task' : `${count} tasks`})`;
      this.lines.push(this.paint('dim', `not shown${whose}: ${text}`));
    }
  }
}

/** Each task once, whether the list is flat or holds only the roots. */
function flat(snapshots: readonly TaskSnapshot[]): Set<TaskSnapshot> {
  const all = new Set(snapshots);
  for (const snapshot of all) for (const child of snapshot.children) all.add(child);
  return all;
}

/** What is worth saying of a scope; '' if it is nothing. */
function scopeText({ kind, name, remaining, shield, cancelCalled, why }: ScopeSnapshot): string {
  const facts: string[] = [];
  if (cancelCalled) facts.push(`cancelled (${why ?? 'no reason is known'})`);
  else if (remaining !== Infinity) {
    const ms = Math.round(Math.abs(remaining));
    facts.push(remaining < 0 ? `deadline ${ms} ms ago` : `deadline in ${ms} ms`);
  }
  if (shield) facts.push('shielded');
  if (facts.length === 0) return '';
  const what = kind === 'task' ? 'the task' : `a ${kind}`;
  return `${name === undefined || kind === 'task' ? what : `${kind} "${name}"`}: ${facts.join(', ')}`;
}

/** Frames of the engine's own are counted only, unless there are no others. */
function withoutEngine(frames: readonly FrameSnapshot[]): (FrameSnapshot | number)[] {
  const isEngine = ({ location }: FrameSnapshot) => location !== undefined && isEngineFile(location.file);
  if (frames.every(isEngine)) return [...frames];
  const shown: (FrameSnapshot | number)[] = [];
  for (const frame of frames) {
    const last = shown.at(-1);
    if (!isEngine(frame)) shown.push(frame);
    else if (typeof last === 'number') shown[shown.length - 1] = last + 1;
    else shown.push(1);
  }
  return shown;
}

function nameOf({ name, entered }: FrameSnapshot): string {
  if (name !== '(anonymous)') return printable(name);
  return entered === 'group' ? '(body of the group)' : entered === 'scope' ? '(body of the scope)' : name;
}
