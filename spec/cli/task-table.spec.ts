/** The lines of `treadle ps`. The command itself is in ps.spec.ts. */
import { expect } from 'chai';
import { formatTable } from '../../lib/cli/task-table.js';
import { inspectTasks } from '../../lib/debug/inspect/inspect-tasks.js';
import { DeadlockError, Event, Lock, run, sleep, taskGroup } from '../../lib/index.js';

const CONTROL = /[^\P{Cc}\n]/u;
const ODD = '\x1b[2J\nfake';

describe('the table of tasks', () => {
  it('spells out what a terminal would obey; so do errors that name tasks and locks', async () => {
    let table = '';
    const lock = new Lock({ name: ODD });
    function* holder() {
      yield* lock.acquire();
      yield* new Event().wait();
    }
    const running = run(
      () =>
        taskGroup(function* (tg) {
          tg.startSoon(function* other() {
            yield* sleep(1);
            yield* lock.acquire();
          });
          tg.createTask(holder(), { name: ODD });
          yield* sleep(2);
          table = formatTable(inspectTasks(running), (_format, text) => text, Infinity);
        }),
      { name: ODD, backend: 'virtual' },
    );
    const error: unknown = await running.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(DeadlockError);
    const message = (error as Error).message.replace(`run "${ODD}"`, 'the run');
    for (const text of [table, message]) {
      expect(text).to.not.match(CONTROL);
      expect(text).to.include('\\u001b[2J\\nfake (#');
    }
    expect(table.split('\n')).to.have.lengthOf(5);
  });
});
