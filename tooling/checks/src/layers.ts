// Which package may import which: the one table, and the check of a tree against it. Imports go one
// way, plugins never import each other, models never import a backend, `testing` is imported by
// tests only. Also checked: every import is declared in the package's own manifest, nothing
// declared is unused, and no import reaches inside another package.
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { findImports } from './imports.js';
import { listFiles, readWorkspaces, type Workspace } from './workspace.js';

/** What a package of a kind may import from the workspace, by the folder names of packages. */
interface Layer {
  readonly packages: RegExp;
  readonly mayImport: readonly string[];
}

const foundation = ['core', 'contracts', 'nn'] as const;

/**
 * The table. A package matches the first row whose pattern fits its folder name; a package that
 * fits none is an error.
 */
export const layers: readonly Layer[] = [
  { packages: /^core$/, mayImport: [] },
  { packages: /^contracts$/, mayImport: ['core'] },
  { packages: /^(nn|data|checkpoint)$/, mayImport: ['core', 'contracts'] },
  { packages: /^(session|recorded)$/, mayImport: [...foundation, 'checkpoint'] },
  { packages: /^generate$/, mayImport: [...foundation, 'session'] },
  {
    packages: /^train$/,
    mayImport: [...foundation, 'data', 'checkpoint', 'session', 'generate'],
  },
  {
    packages: /^testing$/,
    mayImport: [...foundation, 'data', 'checkpoint', 'session', 'generate', 'train', 'recorded'],
  },
  { packages: /^report$/, mayImport: ['core', 'contracts'] },
  { packages: /^hub$/, mayImport: ['core', 'checkpoint'] },
  // A recipe is data: it loads in a browser, so it imports nothing that reads files.
  { packages: /^recipe$/, mayImport: ['core'] },
  // Plugins: models, adapters, parallelism, exporters, trackers, backends.
  { packages: /^tracker-.+$/, mayImport: ['core', 'contracts'] },
  {
    packages: /^(models-.+|peft|export-.+)$/,
    mayImport: [...foundation, 'data', 'checkpoint'],
  },
  // What strategies of several processes stand on: an ordinary library, not a plugin.
  { packages: /^distributed$/, mayImport: ['core', 'contracts'] },
  {
    packages: /^parallel-.+$/,
    mayImport: [...foundation, 'data', 'checkpoint', 'distributed'],
  },
  { packages: /^.+-backend$/, mayImport: [...foundation, 'checkpoint'] },
  {
    packages: /^run$/,
    mayImport: [
      ...foundation,
      ...['data', 'checkpoint', 'session', 'generate', 'train'],
      ...['recorded', 'hub', 'report', 'recipe', 'distributed'],
    ],
  },
  // Apps: they depend on no plugin either, plugins are discovered.
  {
    packages: /^(cli|server)$/,
    mayImport: [
      ...foundation,
      ...['data', 'checkpoint', 'session', 'generate', 'train'],
      ...['recorded', 'hub', 'recipe', 'run', 'distributed'],
    ],
  },
];

/** Packages of which one process must hold one copy: never a plain dependency of a library. */
export const onlyAsPeer: readonly string[] = foundation;

const builtins = new Set(builtinModules);

/**
 * Every breach of the rules below `root`, one line each, naming file and line; empty when there is
 * none.
 */
export function checkLayers(root: string): readonly string[] {
  const workspaces = readWorkspaces(root);
  const byName = new Map(workspaces.map((workspace) => [workspace.manifest.name, workspace]));
  return workspaces.flatMap((workspace) => [
    ...checkManifest(workspace, byName),
    ...checkSources(root, workspace, byName),
  ]);
}

function checkManifest(
  { folder, short, manifest }: Workspace,
  byName: ReadonlyMap<string, Workspace>,
): readonly string[] {
  const problems: string[] = [];
  const isLibrary = folder.startsWith('packages/');
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const other = byName.get(name);
    if (isLibrary && other !== undefined && onlyAsPeer.includes(other.short))
      problems.push(
        `${folder}/package.json: ${name} must be a peer dependency, so that a process holds one ` +
          'copy',
      );
    if (short === 'core')
      problems.push(`${folder}/package.json: core has no dependencies, found ${name}`);
    for (const peer of Object.keys(other?.manifest.peerDependencies ?? {})) {
      const provided = { ...manifest.dependencies, ...manifest.peerDependencies };
      if (byName.has(peer) && !(peer in provided))
        problems.push(
          `${folder}/package.json: ${name} needs its peer ${peer}, which is not among the ` +
            'dependencies',
        );
    }
  }
  for (const [name, range] of Object.entries(manifest.peerDependencies ?? {})) {
    const other = byName.get(name);
    if (other === undefined) continue;
    const major = other.manifest.version.split('.')[0] ?? '';
    if (!range.startsWith(`^${major}`))
      problems.push(
        `${folder}/package.json: peer range of ${name} is "${range}", expected "^${major}..."`,
      );
    if (manifest.devDependencies?.[name] === undefined)
      problems.push(
        `${folder}/package.json: list ${name} under devDependencies ("*") too: turbo orders ` +
          'builds by them, not by peers',
      );
  }
  return problems;
}

function checkSources(
  root: string,
  workspace: Workspace,
  byName: ReadonlyMap<string, Workspace>,
): readonly string[] {
  const { folder, short, manifest } = workspace;
  const layer = layers.find((row) => row.packages.test(short));
  if (layer === undefined) return [`${folder}: no row of the layers table fits "${short}"`];
  const declared = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  };
  const used = new Set<string>();
  const problems: string[] = [];
  for (const path of listFiles(join(root, folder, 'src'), ['.ts'])) {
    for (const { specifier, line } of findImports(
      path,
      readFileSync(join(root, folder, 'src', path), 'utf8'),
    )) {
      const where = `${folder}/src/${path}:${line}`;
      if (specifier.startsWith('.')) {
        if (climbsOut(path, specifier))
          problems.push(`${where}: ${specifier} leaves the package; import it by its package name`);
        continue;
      }
      const name = packageOf(specifier);
      if (name.startsWith('node:')) {
        if (short === 'core') problems.push(`${where}: core has no I/O, found ${specifier}`);
        continue;
      }
      if (builtins.has(name)) problems.push(`${where}: write node:${specifier}`);
      used.add(name);
      if (!(name in declared))
        problems.push(`${where}: ${name} is not among the dependencies of ${folder}/package.json`);
      const other = byName.get(name);
      if (other === undefined) continue;
      if (specifier !== name) problems.push(`${where}: ${specifier} reaches inside ${name}`);
      if (!layer.mayImport.includes(other.short))
        problems.push(`${where}: ${short} must not import ${other.short}`);
    }
  }
  for (const name of Object.keys(declared)) {
    if (
      !used.has(name) &&
      !isPeerOfUsed(name, used, byName) &&
      !name.startsWith('@types/') &&
      !isOwnPlatform(name, manifest.name)
    )
      problems.push(`${folder}/package.json: ${name} is declared and not imported`);
  }
  return problems;
}

/**
 * Whether `name` holds what a package needs for one platform; it is found at run time, as
 * `@automodel/cpu-backend-linux-x64` is by `@automodel/cpu-backend`.
 */
const isOwnPlatform = (name: string, owner: string): boolean =>
  new RegExp(`^${owner}-(linux|darwin|win32)-`).test(name);

/**
 * Whether `name` is declared because a used package asks for it as a peer: whoever installs that
 * package must provide it.
 */
function isPeerOfUsed(
  name: string,
  used: ReadonlySet<string>,
  byName: ReadonlyMap<string, Workspace>,
): boolean {
  return [...used].some(
    (other) => byName.get(other)?.manifest.peerDependencies?.[name] !== undefined,
  );
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** Whether a relative import from `src/path` leaves the package's folder. */
function climbsOut(path: string, specifier: string): boolean {
  let depth = path.split('/').length;
  for (const part of specifier.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '.') break;
    if (depth < 0) return true;
  }
  return false;
}
