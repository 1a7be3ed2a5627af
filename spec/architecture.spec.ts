/**
 * Guards the house (DESIGN.md, section 4): floors, circles, doors, and what the core may lean on. Before it judges
 * `lib/`, the checker is shown small trees with one offence each, so that silence means something.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  cycles,
  danglingImports,
  doorImports,
  doorOffences,
  floorOf,
  foreignImports,
  homeless,
  longFiles,
  MAX_LINES,
  upwardImports,
} from './support/architecture.js';
import { readFixture, readSources, type SourceGraph } from './support/source-graph.js';

const LIB = fileURLToPath(new URL('../lib/', import.meta.url));
const SPEC = fileURLToPath(new URL('.', import.meta.url));

/** Specs that are about no single folder of lib. */
const ACROSS = ['bench', 'golden', 'properties', 'rules', 'support', 'types'];

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function files(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
}

describe('architecture', () => {
  describe('the checker', () => {
    it('sees every form of import, and none in strings and comments', () => {
      const graph = readFixture({
        'kernel/all.ts': `
          import type { A } from './a.js';
          import { type B } from './b.js';
          import './c.js';
          export { d } from './d.js';
          export type { E } from './e.js';
          export * from './f.js';
          type G = import('./g.js').G;
          const h = \`\${import('./h.js')} import('./not.js')\`;
          function later() { return import('node:fs'); }
          const text = "import './not.js'"; // import './not.js'
          const pattern = /import '.\\/not.js'/;
          declare module './i.js' { interface I {} }
          import j from 'left-pad';
        `,
      });
      const seen = graph.get('kernel/all.ts')?.imports.map(({ target, specifier, kind }) => {
        return `${kind} ${target ?? specifier}`;
      });
      expect(seen?.sort()).to.deep.equal([
        'dynamic kernel/h.ts',
        'dynamic node:fs',
        'static kernel/b.ts',
        'static kernel/c.ts',
        'static kernel/d.ts',
        'static kernel/f.ts',
        'static left-pad',
        'type kernel/a.ts',
        'type kernel/e.ts',
        'type kernel/g.ts',
        'type kernel/i.ts',
      ]);
    });

    it('detects imports that point upward, of values, of types, and late ones', () => {
      const graph = readFixture({
        'base/low.ts': `import type { T } from '../kernel/high.js'; export const low = 1;`,
        'kernel/high.ts': `
          import { low } from '../base/low.js';
          export { run } from '../run.js';
          export type T = typeof low;`,
        'run.ts': `export const run = () => import('./interop/until.js');`,
        'interop/until.ts': `export const until = 1;`,
      });
      expect(upwardImports(graph).sort()).to.deep.equal([
        'base/low.ts (floor 0) imports kernel/high.ts (floor 1), type',
        'kernel/high.ts (floor 1) imports run.ts (floor 2)',
        'run.ts (floor 2) imports interop/until.ts (floor 3), dynamic',
      ]);
    });

    it('detects a circle, also a longer one and one of types alone', () => {
      const graph = readFixture({
        'base/a.ts': `import { b } from './b.js'; export const a = b;`,
        'base/b.ts': `import { c } from './c.js'; export const b = c;`,
        'base/c.ts': `import { a } from './a.js'; export const c = a;`,
        'kernel/x.ts': `import type { Y } from './y.js'; export interface X { y: Y }`,
        'kernel/y.ts': `import type { X } from './x.js'; export interface Y { x: X }`,
        'kernel/z.ts': `import type { X } from './x.js'; export type Z = X;`,
      });
      expect(cycles(graph).sort()).to.deep.equal([
        'base/a.ts -> base/b.ts -> base/c.ts -> base/a.ts',
        'kernel/x.ts -> kernel/y.ts -> kernel/x.ts',
      ]);
    });

    it('detects who comes in by a door, doors that do more, and names that leave twice', () => {
      const graph = readFixture({
        'index.ts': `export { a } from './base/a.js'; export const extra = 1;`,
        'lowlevel.ts': `export { b as a, type C } from './base/a.js';`,
        'testing/index.ts': `export * from '../base/a.js';`,
        'base/a.ts': `export const a = 1; export const b = 2; export type C = 3;`,
        'cli/run.ts': `import { a } from '../index.js'; import { run } from 'treadle'; export const r = [a, run];`,
      });
      expect(doorImports(graph)).to.deep.equal([
        'cli/run.ts comes in by a door: index.ts',
        'cli/run.ts comes in by a door: treadle',
      ]);
      expect(doorOffences(graph)).to.deep.equal([
        'index.ts holds more than named re-exports',
        'a leaves by index.ts and by lowlevel.ts',
        'testing/index.ts holds more than named re-exports',
      ]);
    });

    it('detects what the core may not lean on', () => {
      const graph = readFixture({
        'base/heap.ts': `import heap from 'heap'; export default heap;`,
        'kernel/loop.ts': `export const later = () => import('node:timers');`,
        'backends/node.ts': `
          import type { AsyncLocalStorage } from 'node:async_hooks';
          import { performance } from 'node:perf_hooks';
          export const late = (): Promise<AsyncLocalStorage<typeof performance>> => import('node:async_hooks');`,
        'cli/run.ts': `import 'node:fs'; import 'chalk';`,
      });
      expect(foreignImports(graph)).to.deep.equal([
        'base/heap.ts imports the package heap',
        'kernel/loop.ts imports node:timers: only lib/backends/node*.ts may',
        'backends/node.ts imports node:perf_hooks statically',
      ]);
    });

    it('detects strays: files on no floor, imports of no file, files that have grown too long', () => {
      const graph = readFixture({
        'utils/misc.ts': `export {};`,
        'base/long.ts': '// line\n'.repeat(MAX_LINES + 1),
        'kernel/task.ts': `import '../base/gone.js';`,
      });
      expect(homeless(graph)).to.deep.equal(['utils/misc.ts stands on no floor']);
      expect(danglingImports(graph)).to.deep.equal([
        'kernel/task.ts imports ../base/gone.js, which is no file of lib',
      ]);
      expect(longFiles(graph)).to.deep.equal([
        `base/long.ts has ${MAX_LINES + 1} lines: more than one concept, surely`,
      ]);
    });
  });

  describe('lib', () => {
    let graph: SourceGraph = new Map();

    before(() => {
      graph = readSources(`${LIB}tsconfig.json`);
    });

    it('is read as a whole', () => {
      const sources = files(LIB).filter((name) => name.endsWith('.ts'));
      expect([...graph.keys()].sort()).to.deep.equal(sources.sort());
      expect(sources).to.include.members(['index.ts', 'run.ts', 'kernel/loop.ts']);
    });

    it('stands on floors, and every import finds a file', () => {
      expect(homeless(graph)).to.deep.equal([]);
      expect(danglingImports(graph)).to.deep.equal([]);
    });

    it('imports from its own floor or from below, types included', () => {
      expect(upwardImports(graph)).to.deep.equal([]);
    });

    it('has no circle of imports, types included', () => {
      expect(cycles(graph)).to.deep.equal([]);
    });

    it('lets each name out by one door, and comes in by none', () => {
      expect(doorImports(graph)).to.deep.equal([]);
      expect(doorOffences(graph)).to.deep.equal([]);
      expect(graph.get('index.ts')?.reexports).to.include.members(['run', 'taskGroup', 'Coroutine']);
    });

    it('leans on nothing: no package in the core, no static import of Node', () => {
      expect(foreignImports(graph)).to.deep.equal([]);
    });

    it('is read in sittings: no file is too long', () => {
      expect(longFiles(graph)).to.deep.equal([]);
    });
  });

  describe('spec', () => {
    it('mirrors lib: a folder of specs for each folder, and no other but those that go across', () => {
      const inLib = folders(LIB).filter((name) => floorOf(`${name}/`) !== undefined);
      const inSpec = folders(SPEC).filter((name) =>
        files(`${SPEC}${name}`).some((file) => file.endsWith('.spec.ts')),
      );
      const mirrored = inSpec.filter((name) => !ACROSS.includes(name));
      expect(mirrored.filter((name) => !inLib.includes(name))).to.deep.equal([]);
      expect(inLib.filter((name) => !mirrored.includes(name))).to.deep.equal([]);
    });
  });
});
