import { expect } from 'chai';
import { Event, Lock, runSync, sleep, sleepForever, taskGroup } from 'treadle';
import { formatErrorTree } from '../../lib/base/error-tree.js';
import { printable } from '../../lib/base/printable.js';
import { thrown } from '../support/contract.js';

describe('printable', () => {
  for (const [text, printed] of [
    ['GET /räume/日本 👩‍🚀 "x"', 'GET /räume/日本 👩‍🚀 "x"'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\x1b[2J\x1b]0;mine\x07', '\\u001b[2J\\u001b]0;mine\\u0007'],
    ['\x7f\x9b1m\u2028\u2029\0', '\\u007f\\u009b1m\\u2028\\u2029\\u0000'],
  ] as const) {
    it(JSON.stringify(text), () => expect(printable(text)).to.equal(printed));
  }
});

describe('names in errors', () => {
  const name = 'evil\x1b[2J\n';
  const shown = 'evil\\u001b[2J\\n';

  /** Each ends with an error that names a task, a run, a group or a primitive of that name. */
  const programs: Readonly<Record<string, () => unknown>> = {
    'a deadlock of a run': () => runSync(() => new Event({ name }).wait(), { name }),
    'a task that failed, and its group': () =>
      runSync(() =>
        taskGroup(
          function* (tg) {
            const handle = tg.createTask(sleepForever(), { name });
            handle.cancel();
            yield* handle;
          },
          { name },
        ),
      ),
    'a group of an unnamed group, in a task': () =>
      runSync(() =>
        taskGroup(function* (tg) {
          function* inner() {
            yield* taskGroup(function* () {
              throw new Error('broken thread');
            });
          }
          tg.createTask(inner(), { name });
          yield* sleep(1);
        }),
      ),
    'a lock that a task holds': () =>
      runSync(() =>
        taskGroup(function* (tg) {
          const lock = new Lock({ name });
          tg.createTask(lock.acquire(), { name });
          yield* sleep(1);
          lock.release();
        }),
      ),
  };
  for (const [title, program] of Object.entries(programs)) {
    it(`${title}: nothing that a terminal would obey`, () => {
      const text = formatErrorTree(thrown(program));
      expect(text).to.include(shown);
      expect(text).to.not.include('\x1b');
      expect(text).to.not.include('evil\\u001b[2J\n');
    });
  }
});
