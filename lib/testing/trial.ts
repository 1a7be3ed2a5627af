/** What a program under `cancelEverywhere` promises to keep, and whether it did. */
import { checkMethods } from '../base/options.js';
import { printable } from '../base/printable.js';

/** What has waiters, permits or an owner, and can tell: every primitive of Treadle. */
export interface Watchable {
  statistics(): object;
}

/** Given to the program anew each time that it runs. */
export interface Trial {
  /**
   * Notes that something was opened; call what it gives when it is closed. What was opened must have been closed
   * when the program has ended.
   */
  opened(label: string): () => void;
  /**
   * Watches a primitive: when the program has ended, no lock may be held, no permit out, nobody in a queue. From a
   * receiving end of a stream the items left in the buffer are then taken, and count as not lost. Gives the
   * primitive back.
   */
  watch<R extends Watchable>(label: string, resource: R): R;
  /** Notes that a send has completed. Each item sent must be received, or be left in a watched stream, exactly once. */
  sent(item: unknown): void;
  /** Notes that an item was received. */
  received(item: unknown): void;
  /** Calls `fn` when the program has ended, cancelled or not: what it throws is the failure. */
  check(fn: () => void): void;
}

interface Watched {
  readonly label: string;
  readonly resource: Watchable;
  readonly before: Readonly<Record<string, unknown>>;
}

/** The figures that must be what they were when the watch began. */
const FIGURE = /^(tasksWaiting\w*|borrowedTokens|value)$/;

export class TrialRecord implements Trial {
  private readonly open = new Map<object, string>();
  private readonly watched: Watched[] = [];
  private readonly checks: (() => void)[] = [];
  /** How often each item was sent, less how often it was received. */
  private readonly balance = new Map<unknown, number>();

  opened(label: string): () => void {
    const key = {};
    this.open.set(key, label);
    return () => void this.open.delete(key);
  }

  watch<R extends Watchable>(label: string, resource: R): R {
    checkMethods(resource, ['statistics'], 'trial.watch(label, resource) takes something with statistics()');
    this.watched.push({ label, resource, before: figuresOf(resource) });
    return resource;
  }

  sent(item: unknown): void {
    this.balance.set(item, (this.balance.get(item) ?? 0) + 1);
  }

  received(item: unknown): void {
    this.balance.set(item, (this.balance.get(item) ?? 0) - 1);
  }

  check(fn: () => void): void {
    this.checks.push(fn);
  }

  /** What is not as it should be, now that the program has ended. */
  problems(): string[] {
    const problems = [...this.open.values()].map((label) => `${label} was opened and not closed`);
    for (const watched of this.watched) problems.push(...problemsOf(watched));
    for (const { resource } of this.watched) this.drain(resource);
    for (const [item, count] of this.balance) {
      if (count > 0) problems.push(`item ${String(item)} was sent, and lost`);
      if (count < 0) problems.push(`item ${String(item)} was received more often than it was sent`);
    }
    for (const check of this.checks) {
      try {
        check();
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    return problems;
  }

  private drain(resource: Watchable): void {
    const { receiveNowait: take } = resource as { receiveNowait?: () => unknown };
    if (take === undefined) return;
    for (;;) {
      try {
        this.received(take.call(resource));
      } catch {
        return; // empty, or closed
      }
    }
  }
}

function figuresOf(resource: Watchable): Record<string, unknown> {
  const { value } = resource as { value?: unknown };
  const figures = { value, ...resource.statistics() };
  return Object.fromEntries(Object.entries(figures).filter(([name]) => FIGURE.test(name)));
}

function problemsOf({ label, resource, before }: Watched): string[] {
  const problems: string[] = [];
  const { locked, owner } = resource.statistics() as { locked?: boolean; owner?: { name: string } };
  if (locked === true) {
    problems.push(`${label} is still held${owner === undefined ? '' : ` by task ${printable(owner.name)}`}`);
  }
  for (const [name, value] of Object.entries(figuresOf(resource))) {
    if (value !== before[name])
      problems.push(`${label} has ${name} ${String(value)}, and had ${String(before[name])}`);
  }
  return problems;
}
