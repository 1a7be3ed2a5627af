/**
 * The rules of the house (DESIGN.md, section 4): each takes the imports of `lib/` and gives what breaks it, one line
 * an offence, in words that tell what to move where.
 */
import type { Import, Source, SourceGraph } from './source-graph.js';

/** What a folder, or a file beside the folders, stands on. The longest match counts. */
const FLOORS: readonly (readonly [place: string, floor: number])[] = [
  ['base/', 0],
  ['kernel/', 1],
  ['tasks/', 2],
  ['backends/', 2],
  ['run.ts', 2],
  ['main.ts', 2],
  ['sync/', 3],
  ['streams/', 3],
  ['interop/', 3],
  ['concurrency/', 3],
  ['debug/', 4],
  ['testing/', 4],
  ['cli/', 5],
  ['index.ts', 5],
  ['lowlevel.ts', 5],
];

/** Where public names leave. Nothing inside comes in by one: each file says where a thing really is. */
export const DOORS: readonly string[] = ['index.ts', 'lowlevel.ts', 'debug/index.ts', 'testing/index.ts'];

/** Tools, which may use packages and Node as they like. The rest is the core: it runs wherever JavaScript does. */
const TOOLS = /^(debug|cli)\//;
/** Where the core may meet Node: never by a static import, for that alone would break it in a browser. */
const NODE_FILES = /^backends\/node[^/]*\.ts$/;

/** A file that has grown beyond this holds more than one concept. */
export const MAX_LINES = 450;

export function floorOf(path: string): number | undefined {
  return FLOORS.find(([place]) => (place.endsWith('/') ? path.startsWith(place) : path === place))?.[1];
}

function forEachImport(
  graph: SourceGraph,
  judge: (source: Source, entry: Import) => string | undefined,
): string[] {
  const offences: string[] = [];
  for (const source of graph.values()) {
    for (const entry of source.imports) {
      const offence = judge(source, entry);
      if (offence !== undefined) offences.push(offence);
    }
  }
  return offences;
}

/** Files that stand on no floor: a new folder is given its floor above first. */
export function homeless(graph: SourceGraph): string[] {
  return [...graph.keys()]
    .filter((path) => floorOf(path) === undefined)
    .map((path) => `${path} stands on no floor`);
}

/** Imports, of types too, that point to a floor above. */
export function upwardImports(graph: SourceGraph): string[] {
  return forEachImport(graph, ({ path }, { target, kind }) => {
    if (target === undefined) return undefined;
    const from = floorOf(path);
    const to = floorOf(target);
    if (from === undefined || to === undefined || to <= from) return undefined;
    return `${path} (floor ${from}) imports ${target} (floor ${to})${kind === 'static' ? '' : `, ${kind}`}`;
  });
}

/** Imports of files that are not there: a wrong path must not make the other rules blind. */
export function danglingImports(graph: SourceGraph): string[] {
  return forEachImport(graph, ({ path }, { target, specifier }) =>
    target === undefined || graph.has(target)
      ? undefined
      : `${path} imports ${specifier}, which is no file of lib`,
  );
}

/** Imports of a door from inside. */
export function doorImports(graph: SourceGraph): string[] {
  return forEachImport(graph, ({ path }, { target, specifier }) =>
    (target !== undefined && DOORS.includes(target)) || /^treadle(\/|$)/.test(specifier)
      ? `${path} comes in by a door: ${target ?? specifier}`
      : undefined,
  );
}

/** Packages, and Node's modules where the core would not load without Node. */
export function foreignImports(graph: SourceGraph): string[] {
  return forEachImport(graph, ({ path }, { target, specifier, kind }) => {
    if (target !== undefined || TOOLS.test(path)) return undefined;
    if (!specifier.startsWith('node:')) return `${path} imports the package ${specifier}`;
    if (kind === 'static') return `${path} imports ${specifier} statically`;
    return NODE_FILES.test(path) ? undefined : `${path} imports ${specifier}: only lib/backends/node*.ts may`;
  });
}

/** Circles of imports, types included: each as the way round. Every circle has at least one line here. */
export function cycles(graph: SourceGraph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];

  function visit(path: string): void {
    const at = way.indexOf(path);
    if (at >= 0) {
      found.push([...way.slice(at), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    way.push(path);
    for (const target of new Set(graph.get(path)?.imports.map((entry) => entry.target))) {
      if (target !== undefined) visit(target);
    }
    way.pop();
    done.add(path);
  }

  for (const path of graph.keys()) visit(path);
  return found;
}

/** Doors that do more than pass names through, and names that leave twice. */
export function doorOffences(graph: SourceGraph): string[] {
  const offences: string[] = [];
  const leftBy = new Map<string, string>();
  for (const path of DOORS) {
    const door = graph.get(path);
    if (door === undefined) continue;
    if (!door.onlyReexports) offences.push(`${path} holds more than named re-exports`);
    for (const name of door.reexports) {
      const other = leftBy.get(name);
      if (other !== undefined) offences.push(`${name} leaves by ${other} and by ${path}`);
      leftBy.set(name, path);
    }
  }
  return offences;
}

export function longFiles(graph: SourceGraph): string[] {
  return [...graph.values()]
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines: more than one concept, surely`);
}
