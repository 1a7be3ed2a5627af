import { expect } from 'chai';
import { idRanges, mergeNumbers } from '../../../lib/debug/inspect/fold-tasks.js';
import { formatTasks } from '../../../lib/debug/inspect/format-tasks.js';
import type {
  FrameSnapshot,
  ScopeSnapshot,
  TaskSnapshot,
  Variable,
} from '../../../lib/debug/inspect/task-snapshot.js';
import { thrown } from '../../support/contract.js';

function task(id: number, name: string, more: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return {
    id,
    name,
    parentId: undefined,
    run: 'run "shop"',
    state: 'parked',
    isCancelled: false,
    waitsFor: 'sleep until +420 ms',
    waitsForTasks: [],
    group: undefined,
    scopes: [],
    frames: [],
    spawned: undefined,
    spawnedAt: undefined,
    children: [],
    missing: [],
    ...more,
  };
}

function frame(name: string, line: number, locals: Record<string, string> = {}): FrameSnapshot {
  const entries = Object.entries(locals).map(
    ([local, text]): Variable => ({ name: local, text, scope: 'local' }),
  );
  return { name, entered: 'call', location: { file: '/srv/app.ts', line, column: 3 }, locals: entries };
}

function scope(more: Partial<ScopeSnapshot>): ScopeSnapshot {
  return {
    kind: 'scope',
    name: undefined,
    deadline: Infinity,
    remaining: Infinity,
    shield: false,
    cancelCalled: false,
    why: undefined,
    ...more,
  };
}

const PLAIN = { color: false } as const;

describe('formatTasks', () => {
  it('prints the tree: who spawned whom, what each waits for, where it stands, with its variables', () => {
    const reader = task(2, 'reader', {
      parentId: 1,
      frames: [frame('readRow', 11, { id: '7', table: '"users"' }), frame('reader', 20)],
    });
    const locked = task(3, 'locked', {
      parentId: 1,
      waitsFor: 'lock "db" held by reader (#2)',
      waitsForTasks: [2],
    });
    const grand = task(5, 'grandchild', { parentId: 4, state: 'created', waitsFor: undefined });
    const busy = task(4, 'busy', { parentId: 1, state: 'ready', waitsFor: undefined, children: [grand] });
    const serve = task(1, 'serve', {
      waitsFor: 'the end of task group "jobs" (3 children left)',
      waitsForTasks: [2, 3, 4],
      frames: [frame('serve', 34)],
      children: [reader, locked, busy],
    });
    expect(formatTasks([serve, reader, locked, busy, grand], PLAIN).split('\n')).to.deep.equal([
      'run "shop": 5 tasks, 3 parked, 1 ready, 1 created',
      'serve #1  the end of task group "jobs" (3 children left)',
      '│ at serve  /srv/app.ts:34:3',
      '├─ reader #2  sleep until +420 ms',
      '│    at readRow  /srv/app.ts:11:3',
      '│         id = 7, table = "users"',
      '│    at reader   /srv/app.ts:20:3',
      '├─ locked #3  lock "db" held by reader (#2)',
      '└─ busy #4  ready',
      '   └─ grandchild #5  has not begun',
    ]);
  });

  it('a task given without its parent is a root; its children come along', () => {
    const child = task(9, 'child', { parentId: 4 });
    const parent = task(4, 'parent', { parentId: 1, children: [child] });
    expect(formatTasks([parent], PLAIN).split('\n')).to.deep.equal([
      'run "shop": 2 tasks, 2 parked',
      'parent #4  sleep until +420 ms',
      '└─ child #9  sleep until +420 ms',
    ]);
  });

  it('folds siblings that stand alike, with count, ids, the range of the numbers and the variables of the first', () => {
    const workers = Array.from({ length: 6 }, (_, n) =>
      task(n + 2, `worker-${n}`, {
        parentId: 1,
        waitsFor: `sleep until +${500 + n} ms`,
        frames: [frame('work', 11, { n: String(n) })],
      }),
    );
    const elsewhere = task(8, 'worker-6', { parentId: 1, frames: [frame('work', 12)] });
    const late = task(9, 'worker-7', {
      parentId: 1,
      waitsFor: 'sleep until +9 ms',
      frames: [frame('work', 11)],
    });
    const main = task(1, 'main', {
      waitsFor: undefined,
      state: 'running',
      children: [...workers, elsewhere, late],
    });
    expect(formatTasks([main], PLAIN).split('\n')).to.deep.equal([
      'run "shop": 9 tasks, 1 running, 8 parked',
      'main #1  running',
      '├─ 7 × worker-0, worker-1, worker-2, … #2–#7, #9  sleep until +9…505 ms',
      '│    at work  /srv/app.ts:11:3',
      '│         #2: n = 0',
      '└─ worker-6 #8  sleep until +420 ms',
      '     at work  /srv/app.ts:12:3',
    ]);
  });

  it('folds tasks only if their children are alike, too', () => {
    const family = (id: number, children: number): TaskSnapshot =>
      task(id, 'family', {
        parentId: 1,
        children: Array.from({ length: children }, (_, n) => task(id + n + 1, 'child', { parentId: id })),
      });
    const main = task(1, 'main', { children: [family(10, 2), family(20, 2), family(30, 1)] });
    expect(formatTasks([main], PLAIN).split('\n').slice(2)).to.deep.equal([
      '├─ 2 × family #10, #20  sleep until +420 ms',
      '│  └─ 2 × child #11, #12  sleep until +420 ms',
      '└─ family #30  sleep until +420 ms',
      '   └─ child #31  sleep until +420 ms',
    ]);
  });

  it('tells runs apart', () => {
    const text = formatTasks([task(1, 'a'), task(1, 'b', { run: 'run "other"' })], PLAIN);
    expect(text.split('\n')).to.deep.equal([
      'run "shop": 1 task, 1 parked',
      'a #1  sleep until +420 ms',
      '',
      'run "other": 1 task, 1 parked',
      'b #1  sleep until +420 ms',
    ]);
  });

  it('says what is worth saying of scopes: deadlines, shields, cancellation', () => {
    const scoped = task(1, 'scoped', {
      isCancelled: true,
      scopes: [
        scope({ remaining: 80.4, deadline: 100 }),
        scope({
          kind: 'group',
          name: 'jobs',
          cancelCalled: true,
          why: 'a task failed',
          remaining: 5,
          deadline: 5,
        }),
        scope({ shield: true }),
        scope({ remaining: -12, deadline: 1 }),
        scope({ kind: 'group', name: 'plain' }),
        scope({ kind: 'task', name: 'scoped', cancelCalled: true, why: 'enough' }),
      ],
    });
    expect(formatTasks([scoped], PLAIN).split('\n').slice(1)).to.deep.equal([
      'scoped #1 cancelled  sleep until +420 ms',
      '  in a scope: deadline in 80 ms, in group "jobs": cancelled (a task failed), in a scope: shielded, ' +
        'in a scope: deadline 12 ms ago, in the task: cancelled (enough)',
    ]);
  });

  it('names who could end a wait, where the words do not', () => {
    const waits = (words: string, ids: number[]) =>
      formatTasks([task(9, 'w', { waitsFor: words, waitsForTasks: ids })], PLAIN).split('\n')[1];
    expect(waits('semaphore', [3, 4])).to.equal('w #9  semaphore ← #3, #4');
    expect(waits('lock held by a (#3)', [3])).to.equal('w #9  lock held by a (#3)');
    expect(waits('semaphore', [1, 2, 3, 4, 5, 6, 7])).to.equal('w #9  semaphore ← #1, #2, #3, #4, #5, #6, …');
  });

  it('says where a task was spawned, if that is known, and counts frames of the engine', () => {
    const engine = new URL('../../../lib/sync/condition.ts', import.meta.url).pathname;
    const inEngine: FrameSnapshot = { ...frame('pass', 1), location: { file: engine, line: 1, column: 1 } };
    const spawned = task(1, 'spawned', {
      frames: [inEngine, inEngine, frame('mine', 5), inEngine],
      spawnedAt: { file: '/srv/main.ts', line: 8, column: 2 },
    });
    expect(formatTasks([spawned], PLAIN).split('\n').slice(2)).to.deep.equal([
      '  … 2 frames of Treadle',
      '  at mine  /srv/app.ts:5:3',
      '  … 1 frame of Treadle',
      '  spawned at /srv/main.ts:8:2',
    ]);
    expect(formatTasks([task(1, 'all', { frames: [inEngine] })], PLAIN)).to.contain('at pass  ');
  });

  it('spells out what a terminal would obey', () => {
    const odd = task(1, 'GET /\x1b]0;mine\x07', {
      waitsFor: 'lock "a\nb" held by c',
      scopes: [scope({ kind: 'group', name: '\x1b[2J', shield: true })],
      frames: [frame('odd\x1b[31m', 5)],
    });
    const printed = formatTasks([odd], PLAIN);
    expect(printed).to.not.match(/[^\P{Cc}\n]/u);
    expect(printed.split('\n').slice(1)).to.deep.equal([
      'GET /\\u001b]0;mine\\u0007 #1  lock "a\\nb" held by c',
      '  in group "\\u001b[2J": shielded',
      '  at odd\\u001b[31m  /srv/app.ts:5:3',
    ]);
  });

  it('says once what could not be found out, and of how many tasks', () => {
    const main = task(1, 'main', {
      missing: ['everything'],
      children: [task(2, 'a', { missing: ['everything', 'lines'] })],
    });
    expect(formatTasks([main], PLAIN).split('\n').slice(-3)).to.deep.equal([
      '',
      'not shown: everything',
      'not shown (of 1 task): lines',
    ]);
  });

  it('wraps long lines of variables, leaves out those of closures, and all if it is told to', () => {
    const locals = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`variable${n}`, '"0123456789"']));
    const captured: Variable = { name: 'captured', text: '1', scope: 'closure' };
    const long = frame('long', 1, locals);
    const lines = formatTasks(
      [task(1, 'a', { frames: [{ ...long, locals: [...long.locals, captured] }] })],
      PLAIN,
    ).split('\n');
    expect(lines).to.have.lengthOf(7);
    for (const line of lines) expect(line).to.have.length.below(115);
    expect(lines.join()).to.not.contain('captured');
    expect(formatTasks([task(1, 'a', { frames: [long] })], { ...PLAIN, locals: false })).to.not.contain(
      'variable0',
    );
  });

  it('names bodies that have no name by what they are of', () => {
    const nameless = (entered: FrameSnapshot['entered']): FrameSnapshot => ({
      ...frame('(anonymous)', 1),
      entered,
    });
    const text = formatTasks(
      [task(1, 'a', { frames: [nameless('group'), nameless('scope'), nameless('call')] })],
      PLAIN,
    );
    expect(text.match(/at \(.*?\)/g)).to.deep.equal([
      'at (body of the group)',
      'at (body of the scope)',
      'at (anonymous)',
    ]);
  });

  it('is coloured if it is asked to be, and says the same', () => {
    const main = task(1, 'main', { frames: [frame('main', 3, { a: '1' })], isCancelled: true });
    const coloured = formatTasks([main], { color: true });
    expect(coloured).to.contain('\u001b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).to.equal(formatTasks([main], PLAIN));
  });

  it('prints ten thousand tasks in a few lines, and a tree a thousand levels deep at all', () => {
    const many = Array.from({ length: 10_000 }, (_, n) =>
      task(n + 2, 'worker', { parentId: 1, frames: [frame('work', 9)] }),
    );
    expect(formatTasks([task(1, 'main', { children: many })], PLAIN).split('\n')).to.have.lengthOf(4);
    let deep = task(5000, 'bottom');
    for (let id = 4999; id > 0; id--) deep = task(id, 'level', { children: [deep] });
    expect(formatTasks([deep], PLAIN).split('\n')).to.have.lengthOf(5001);
  });

  it('says that there is nothing, and refuses what are no snapshots', () => {
    expect(formatTasks([])).to.equal('no tasks: no run is alive');
    expect(String(thrown(() => Reflect.apply(formatTasks, undefined, [undefined])))).to.equal(
      'TypeError: formatTasks(snapshots) takes what inspectTasks() gave',
    );
  });
});

describe('folding', () => {
  it('merges texts that differ in numbers, decimals too', () => {
    expect(mergeNumbers(['a 1 b 2'])).to.equal('a 1 b 2');
    expect(mergeNumbers(['a 1 b 2', 'a 1 b 2'])).to.equal('a 1 b 2');
    expect(mergeNumbers(['a 1 b 2.5', 'a 3 b 2.5', 'a 2 b 2.5'])).to.equal('a 1…3 b 2.5');
  });

  it('writes ids as ranges', () => {
    const ids = (...list: number[]) =>
      idRanges(
        list.map((id) => task(id, 'x')),
        3,
      );
    expect(ids(4)).to.equal('#4');
    expect(ids(4, 5)).to.equal('#4, #5');
    expect(ids(4, 5, 6, 9)).to.equal('#4–#6, #9');
    expect(ids(1, 3, 5, 7)).to.equal('#1, #3, #5, …');
  });
});
