/**
 * A task that does what callbacks of the host ask for, one thing after the other, until it is dismissed: behind each
 * stream that Treadle gives to the host. It belongs to a task group, so it ends with it, and keeps it open until then.
 *
 *     host callback ── ask(request) ──▶ jobs ──▶ the servant does what is asked ──▶ the promise settles
 *
 * A request is data, and what a wait of the servant gives: so a recording of the run has it, and a replay, at which the
 * host asks for nothing, does what was asked then.
 *
 * An error of the work goes to who asked for it, and to nobody else. When the group is cancelled, the work under way is
 * too, and `onCancelled` is told, so that the host's stream fails at once and not at its next request.
 */
import { isCancelled } from '../base/cancelled.js';
import { checkMethods } from '../base/options.js';
import type { Coroutine, Operation } from '../kernel/effect.js';
import { suspend } from '../kernel/suspend.js';
import type { TaskGroup } from '../tasks/task-group.js';
import type { TaskHandle } from '../tasks/task-handle.js';
import { type ByteSink, closing } from './byte-stream.js';

interface Job<R> {
  readonly request: R;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface ServantOptions<R> {
  readonly name: string;
  /** Does what is asked for. */
  serve(request: R): Operation<unknown>;
  /** The servant's task was cancelled, and not because it was dismissed. */
  onCancelled(error: Error): void;
  /** Runs at the very end, however that came; in a cancelled scope if it was cancelled. */
  cleanUp(): Operation<unknown>;
}

/** Refuses a group that is none, where it was passed. */
export function checkGroup(tg: unknown, what: string): void {
  checkMethods(tg, ['createTask'], `${what} takes the task group in which it works`);
}

/** What is asked of who sends: a chunk, or with null the end. */
export interface SinkRequest {
  readonly chunk: Uint8Array | null;
}

export function serveSink(sink: ByteSink, { chunk }: SinkRequest): Operation<unknown> {
  return chunk === null ? closing(sink) : sink.send(chunk);
}

/** A user of the stream has no more requests. */
const DISMISSED = null;

/** `R`: what can be asked for. */
export class Servant<R extends object> {
  private readonly jobs: Job<R>[] = [];
  private readonly options: ServantOptions<R>;
  private readonly handle: TaskHandle<void>;
  /** Wakes the servant, which has nothing to do; null while it works. */
  private wake: ((request: R | null) => void) | null = null;
  private isDismissed = false;
  private isWorking = false;
  /** What ended the servant's service: later requests get it. */
  private ending: unknown = null;

  constructor(tg: TaskGroup, options: ServantOptions<R>) {
    this.options = options;
    this.handle = tg.createTask(this.work(), { name: options.name });
  }

  /** Has that done, after what was asked for before. May be called from anywhere. */
  ask(request: R): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ending !== null || this.isDismissed) {
        reject(this.ending ?? new Error(`${this.options.name}: the stream has been closed`));
        return;
      }
      this.jobs.push({ request, resolve, reject });
      this.wake?.(request);
    });
  }

  /** Ends the service: what is under way is cancelled. May be called from anywhere, more than once. */
  dismiss(): void {
    if (this.isDismissed) return;
    this.isDismissed = true;
    if (this.isWorking) this.handle.cancel('the stream has been closed by its user');
    else this.wake?.(DISMISSED);
  }

  private *work(): Coroutine<void> {
    try {
      for (;;) {
        const request = yield* this.nextRequest();
        if (request === DISMISSED) return;
        yield* this.perform(request);
      }
    } catch (error) {
      this.ending = error;
      if (!this.isDismissed) this.options.onCancelled(error as Error);
      throw error;
    } finally {
      this.ending ??= new Error(`${this.options.name}: the stream has been closed`);
      for (const job of this.jobs.splice(0)) job.reject(this.ending);
      yield* this.options.cleanUp();
    }
  }

  private *perform(request: R): Coroutine<void> {
    const job = this.jobs.shift(); // at replay nobody may have asked
    this.isWorking = true;
    try {
      const answer = yield* this.options.serve(request);
      job?.resolve(answer);
    } catch (error) {
      job?.reject(error);
      if (isCancelled(error)) throw error;
    } finally {
      this.isWorking = false;
    }
  }

  private nextRequest() {
    return suspend<R | null>(
      (resume) => {
        this.wake = (request) => {
          this.wake = null;
          resume(request);
        };
        const [job] = this.jobs;
        if (this.isDismissed) this.wake(DISMISSED);
        else if (job !== undefined) this.wake(job.request);
        return () => {
          this.wake = null;
        };
      },
      { description: `${this.options.name}: waits to be asked`, isOfHost: true },
    );
  }
}
