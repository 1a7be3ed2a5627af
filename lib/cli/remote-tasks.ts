/** The tasks of a live process, for `ps` and `pstree`: attach, ask, detach. */
import { Attachment } from '../debug/attach/attach.js';
import { AttachError } from '../debug/attach/attach-error.js';
import type { InspectOptions } from '../debug/inspect/inspection.js';
import { askAsync } from '../debug/inspect/inspector-protocol.js';
import { NotTreadleError, remoteInspection } from '../debug/inspect/remote-inspection.js';
import type { TaskSnapshot } from '../debug/inspect/task-snapshot.js';
import { InputError } from './input-error.js';

/** What a shell expects of a program that SIGINT has ended. */
const INTERRUPTED = 130;

/**
 * The live tasks of the process. It goes on all the while, and is left as it was, also when the command is interrupted.
 * @throws InputError if it cannot be looked into, or has no live run.
 */
export async function remoteTasks(pid: number, options: InspectOptions): Promise<readonly TaskSnapshot[]> {
  let attachment: Attachment | undefined;
  const interrupt = (): void => {
    void (attachment?.detach() ?? Promise.resolve()).finally(() => process.exit(INTERRUPTED));
  };
  process.once('SIGINT', interrupt);
  try {
    attachment = await Attachment.to(pid);
    const tasks = await askAsync(attachment, remoteInspection(options));
    if (tasks.length === 0) {
      throw new InputError(
        `process ${pid} uses Treadle, but none of its runs is alive: all have ended, or none has begun`,
      );
    }
    return tasks;
  } catch (error) {
    if (error instanceof AttachError) throw new InputError(error.message);
    if (error instanceof NotTreadleError) throw new InputError(`process ${pid}: ${error.message}`);
    throw error;
  } finally {
    await attachment?.detach();
    process.off('SIGINT', interrupt);
  }
}
