/** `treadle ps PID`: the tasks of a live process, a line each. */
import type { Command } from 'commander';
import { painter } from '../../debug/paint.js';
import { heapLimit, inspectLimits, type Limits, timeLimit } from '../limits.js';
import { parsePid } from '../parse-pid.js';
import { formatTable } from '../task-table.js';

export function addPsCommand(treadle: Command): void {
  treadle
    .command('ps')
    .summary('list the tasks of a live process')
    .description(
      'Lists the tasks of a live Node process that uses Treadle: what each waits for, and where it stands. The process ' +
        'needs no preparation, goes on all the while, and is left as it was.',
    )
    .argument('<pid>', 'the id of the process', parsePid)
    .option('--json', 'print all that is known as JSON: the main task of each run, with its children')
    .addOption(timeLimit())
    .addOption(heapLimit())
    .action(async (pid: number, { json, ...limits }: Limits & { json?: true }) => {
      const { remoteTasks } = await import('../remote-tasks.js');
      const tasks = await remoteTasks(pid, { locals: json === true, ...inspectLimits(limits) });
      if (json) {
        const roots = tasks.filter(({ parentId }) => parentId === undefined);
        console.log(JSON.stringify(roots, null, 1));
        return;
      }
      const { stdout } = process;
      const width = stdout.isTTY ? stdout.columns : Infinity;
      console.log(formatTable(tasks, painter(undefined, stdout), width));
      for (const what of new Set(tasks.flatMap(({ missing }) => missing))) console.error(`missing: ${what}`);
    });
}
