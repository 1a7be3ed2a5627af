/** Options that are no options are refused where they are passed, and nothing has happened. */
import { expect } from 'chai';
import { CancelScope, cancelScope, failAfter, moveOnAfter, run, runSync, sleep, taskGroup } from 'treadle';
import { thrown } from '../support/contract.js';

const body = () => sleep(0);

const calls: [what: string, call: (wrong: never) => unknown][] = [
  ['new CancelScope(options)', (wrong) => new CancelScope(wrong)],
  ['cancelScope()', (wrong) => cancelScope(body, wrong)],
  ['moveOnAfter()', (wrong) => moveOnAfter(5, body, wrong)],
  ['failAfter()', (wrong) => failAfter(5, body, wrong)],
  ['taskGroup(body, options)', (wrong) => taskGroup(body, wrong)],
  ['run(main, options)', (wrong) => run(body, wrong)],
  ['runSync(main, options)', (wrong) => runSync(body, wrong)],
  [
    'createTask(operation, options)',
    (wrong) =>
      runSync(() =>
        taskGroup(
          function* (tg) {
            yield* sleep(0);
            tg.createTask(sleep(0), wrong);
          },
          { collapse: true },
        ),
      ),
  ],
];

describe('options', () => {
  for (const [what, call] of calls) {
    it(`${what} takes an object`, () => {
      const errors = [5, 'virtual', null].map((wrong) => thrown(() => call(wrong as never)) as Error);
      expect(errors.map(({ name }) => name)).to.deep.equal(['TypeError', 'TypeError', 'TypeError']);
      for (const { message } of errors) expect(message).to.include(what).and.include('an object');
    });
  }

  it('a name is a string', () => {
    const error = thrown(() => taskGroup(body, { name: 5 as never })) as Error;
    expect([error.name, error.message]).to.deep.equal([
      'TypeError',
      'the option name of taskGroup(body, options) is a string, not 5',
    ]);
  });
});
