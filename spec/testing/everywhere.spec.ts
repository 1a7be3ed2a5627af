/**
 * Every primitive and helper, cancelled at every place: it ends, it lets go of what it held, it loses nothing and
 * leaves nothing behind. The programs, in which the thing has to wait, is handed over and is left in good order, are
 * in spec/support/everywhere/.
 */
import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import * as treadle from 'treadle';
import { cancelEverywhere } from 'treadle/testing';
import { SUITES } from '../support/everywhere/suites.js';

for (const [suite, cases] of Object.entries(SUITES)) {
  describe(`cancelled everywhere: ${suite}`, () => {
    for (const { name, program, byTask, covers: _, ...options } of cases) {
      it(`${name}, as a whole`, async () => {
        const { places } = await cancelEverywhere(program, options);
        expect(places.length).to.be.greaterThan(2);
      });

      if (byTask !== true) continue;
      it(`${name}, one task at a time`, async () => {
        const { places } = await cancelEverywhere(program, { ...options, target: 'task' });
        expect(places.length).to.be.greaterThan(8);
      });
    }
  });
}

describe('cancelled everywhere: nothing is left out', () => {
  const covered = new Set(Object.values(SUITES).flatMap((cases) => cases.flatMap(({ covers }) => covers)));

  /** Functions that cannot wait: they give a value at once, or stand for a run of their own. */
  const AT_ONCE = [
    ...['copyContext', 'currentEffectiveDeadline', 'currentTask', 'currentTime', 'except'],
    ...['getAvailableBackends', 'isCancelled', 'isStopRequested', 'main', 'run', 'runSync', 'runningTasks'],
  ];

  it('every exported function that gives an operation is in one of the programs', () => {
    const isClass = (value: object) =>
      Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
    const functions = Object.entries(treadle).filter(
      ([, value]) => typeof value === 'function' && !isClass(value),
    );
    const left = functions.map(([name]) => name).filter((name) => !covered.has(name));
    expect(left.sort()).to.deep.equal([...AT_ONCE].sort());
  });

  it('and so is every method of an exported class, or of a portal, that gives an effect', async () => {
    const waiting = await waitingMethods((name) => name in treadle || name === 'Portal');
    expect(waiting).to.include.members(['Lock.acquire', 'Portal.until', 'TaskGroup.startTask']);
    expect(waiting.filter((method) => !covered.has(method))).to.deep.equal([]);
  });

  it('names nothing that is not there', async () => {
    const waiting = new Set(await waitingMethods(() => true));
    // Inherited, and not an effect: a name of its own all the same.
    const others =
      /^(\w+\.(next|forEach|release|clone)|StapledObjectStream\.\w+|Portal\.\w+|Sequencer\.turn)$/;
    const kit = ['Sequencer.turn', 'assertCheckpoints', 'assertNoCheckpoints', 'waitAllTasksBlocked'];
    const unknown = [...covered].filter(
      (name) => !(name in treadle || waiting.has(name) || others.test(name) || kit.includes(name)),
    );
    expect(unknown).to.deep.equal([]);
  });
});

/** `Lock.acquire`, …: the methods and getters whose declared type is an effect. */
async function waitingMethods(isWanted: (type: string) => boolean): Promise<string[]> {
  const lib = new URL('../../lib/', import.meta.url);
  const methods: string[] = [];
  for (const path of (await readdir(lib, { recursive: true })).sort()) {
    if (!/^(sync|streams|interop|concurrency|tasks|kernel)\/.*\.ts$/.test(path)) continue;
    const source = await readFile(new URL(path, lib), 'utf8');
    for (const [, type = '', body = ''] of source.matchAll(
      /^export (?:abstract )?(?:class|interface) (\w+)(.*?)^}/gms,
    )) {
      if (!isWanted(type)) continue;
      for (const [, method] of body.matchAll(/^ {2}(?:get )?(\w+)(?:<[^(]*>)?\([^;]*?\): Effect</gm)) {
        methods.push(`${type}.${method}`);
      }
    }
  }
  return methods;
}
