/**
 * The stepper on a real backend. The host goes its way: promises settle, sockets are read, and what they wake becomes
 * ready; but no coroutine is resumed unless a motion asks for it. A motion waits until there is one to resume.
 *
 *     motion   ──▶ loop goes ──▶ a task is ready: resume it ──▶ motion over? ──▶ the promise fulfils
 *                            ──▶ none: idle, as in any run (a timer of the host, a callback) ──▶ turn ──▶ …
 *     standing     timers are not looked at: those that fall due meanwhile fire at the beginning of the next motion
 *
 * A pending motion keeps the process alive, a stepper that merely stands does not.
 */
import { Cancelled } from '../../base/cancelled.js';
import { because } from '../../kernel/current.js';
import type { TaskInfo } from '../../kernel/instrument.js';
import { Task } from '../../kernel/task.js';
import { AbstractStepper } from './abstract-stepper.js';
import { CleanUp } from './clean-up.js';
import type { Motion } from './motions.js';
import type { Sight } from './sight.js';
import type { Step } from './step.js';
import type { SteppedRun } from './stepped-run.js';
import type { AsyncStepper } from './stepper-contract.js';

export class HostStepper<T> extends AbstractStepper<T, Promise<Step | undefined>> implements AsyncStepper<T> {
  protected readonly run: SteppedRun;
  /** Ends the motion under way. */
  private endMotion: (() => void) | null = null;
  private ending: Promise<void> | null = null;

  constructor(run: SteppedRun, sight: Sight) {
    super(sight);
    this.run = run;
    run.onRest = () => this.endMotion?.();
  }

  pause(): void {
    if (this.endMotion === null) return;
    this.run.giveUp();
    this.endMotion();
    this.run.loop.reconsider(); // so that the host's timer goes
  }

  cancel(reason?: unknown): void {
    const { loop } = this.run;
    const main = loop.main as Task;
    if (main.hasEnded) return;
    main.cancelBecause(Cancelled.create(`${loop.name} was cancelled${because(reason)}`, reason, main));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ending ??= this.end();
    await this.ending;
  }

  protected move(motion: Motion): Promise<Step | undefined> {
    const { run } = this;
    if (run.isDone) return Promise.resolve(undefined);
    if (this.endMotion !== null || this.ending !== null) {
      return Promise.reject(
        new Error(
          'the stepper is still in motion: await the motion before the next one, or end it with pause()',
        ),
      );
    }
    const { loop } = run;
    return new Promise((resolve, reject) => {
      this.endMotion = () => {
        this.endMotion = null;
        loop.keepAlive--;
        if (run.failure === null) resolve(run.stoppedAt);
        else reject(run.failure.error);
      };
      loop.keepAlive++;
      run.begin(motion);
    });
  }

  owns(task: TaskInfo): boolean {
    return task instanceof Task && task.loop === this.run.loop;
  }

  /** Cancels main and lets the run go on freely to its end. */
  private async end(): Promise<void> {
    const { run } = this;
    this.pause();
    if (run.isDone) return;
    const cleanUp = new CleanUp(run.loop, Infinity);
    run.last?.pass();
    await new Promise<void>((resolve) => {
      cleanUp.onEnd = resolve;
      cleanUp.begin('its stepper was disposed of');
    });
    run.outcome = cleanUp.outcome;
    cleanUp.check();
  }
}
