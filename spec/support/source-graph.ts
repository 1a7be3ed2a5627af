/**
 * The imports of a source tree, read by the TypeScript compiler itself: type-only imports, `export … from`,
 * `import()` expressions, `import('…')` types and module augmentations included, strings and comments not.
 *
 * The compiler's own program interface is marked unstable. Should an upgrade move it, the fixture in
 * architecture.spec.ts says so, and this file is the only one to change.
 */
import { posix } from 'node:path';
import {
  isExportDeclaration,
  isImportDeclaration,
  isNamedExports,
  isStringLiteral,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

export interface Import {
  readonly specifier: string;
  /** The file meant, from the root of the tree; undefined for a package or a `node:` module. */
  readonly target: string | undefined;
  /** `type` leaves nothing in the JavaScript; `dynamic` is `import()`, executed only when it is reached. */
  readonly kind: 'static' | 'type' | 'dynamic';
}

export interface Source {
  /** From the root of the tree, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Names that leave by `export { … } from`. */
  readonly reexports: readonly string[];
  /** Whether the file holds nothing but `export { … } from '…'`. */
  readonly onlyReexports: boolean;
}

export type SourceGraph = ReadonlyMap<string, Source>;

/** Reads the files of a project that lie in the folder of its tsconfig. */
export function readSources(configFile: string): SourceGraph {
  return read(configFile, new API({ cwd: posix.dirname(configFile) }));
}

/** The same for files that exist only in memory: for the self-test of the rules. */
export function readFixture(files: Readonly<Record<string, string>>): SourceGraph {
  const root = '/fixture';
  const configFile = `${root}/tsconfig.json`;
  const compilerOptions = { noLib: true, types: [], module: 'nodenext', strict: true };
  const all: Record<string, string> = { [configFile]: JSON.stringify({ compilerOptions, include: ['.'] }) };
  for (const [path, text] of Object.entries(files)) all[`${root}/${path}`] = text;
  return read(configFile, new API({ cwd: root, fs: createVirtualFileSystem(all) }));
}

function read(configFile: string, api: API): SourceGraph {
  try {
    const root = posix.dirname(configFile);
    const snapshot = api.updateSnapshot({ openProjects: [configFile] });
    const graph = new Map<string, Source>();
    for (const project of snapshot.getProjects()) {
      for (const fileName of project.rootFiles) {
        const file = project.program.getSourceFile(fileName);
        const path = posix.relative(root, fileName);
        if (file !== undefined && !path.startsWith('..')) graph.set(path, describe(path, file));
      }
    }
    return graph;
  } finally {
    api.close();
  }
}

function describe(path: string, file: SourceFile): Source {
  const imports = [...file.imports, ...file.moduleAugmentations].map((node) => describeImport(path, node));
  const reexports: string[] = [];
  let onlyReexports = true;
  for (const statement of file.statements) {
    const clause =
      isExportDeclaration(statement) && statement.moduleSpecifier ? statement.exportClause : undefined;
    if (clause === undefined || !isNamedExports(clause)) onlyReexports = false;
    else for (const element of clause.elements) reexports.push(element.name.text);
  }
  return { path, lines: file.text.trimEnd().split('\n').length, imports, reexports, onlyReexports };
}

function describeImport(path: string, node: Node): Import {
  const specifier = isStringLiteral(node) ? node.text : '';
  const relative = specifier.startsWith('.');
  const target = relative ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts') : undefined;
  return { specifier, target, kind: kindOf(node.parent) };
}

function kindOf(parent: Node): Import['kind'] {
  if (parent.kind === SyntaxKind.CallExpression) return 'dynamic';
  if (isExportDeclaration(parent)) return parent.isTypeOnly ? 'type' : 'static';
  if (isImportDeclaration(parent)) {
    return parent.importClause?.phaseModifier === SyntaxKind.TypeKeyword ? 'type' : 'static';
  }
  return parent.kind === SyntaxKind.ExternalModuleReference ? 'static' : 'type';
}
