/** `treadle pstree PID`: the tasks of a live process as a tree, with their frames and local variables. */
import type { Command } from 'commander';
import { showsColors } from '../../debug/paint.js';
import { heapLimit, inspectLimits, type Limits, timeLimit } from '../limits.js';
import { parsePid } from '../parse-pid.js';

export function addPstreeCommand(treadle: Command): void {
  treadle
    .command('pstree')
    .summary('show the tasks of a live process as a tree, with frames and local variables')
    .description(
      'Shows the tasks of a live Node process that uses Treadle as a tree: who spawned whom, what each waits for, ' +
        'where it stands, its frames and their local variables. Tasks that stand alike are shown once, with their count. ' +
        'The process needs no preparation, goes on all the while, and is left as it was.',
    )
    .argument('<pid>', 'the id of the process', parsePid)
    .option('--no-locals', 'without the local variables')
    .addOption(timeLimit())
    .addOption(heapLimit())
    .action(async (pid: number, { locals, ...limits }: Limits & { locals: boolean }) => {
      const { remoteTasks } = await import('../remote-tasks.js');
      const { formatTasks } = await import('../../debug/inspect/format-tasks.js');
      const tasks = await remoteTasks(pid, { locals, ...inspectLimits(limits) });
      console.log(formatTasks(tasks, { color: showsColors(process.stdout) }));
    });
}
