// Finding plugins: the direct dependencies of the project in the working directory, and packages
// installed beside the application. Only package.json files are read; nothing is imported.
// Resolution goes through the package manager's own layout (npm, pnpm, Yarn with node_modules).
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { readPluginRecord, type PluginRecord } from './plugin-record.js';

type Manifest = Readonly<Record<string, unknown>>;

/** Where to look for plugins. */
export interface DiscoveryOptions {
  /** The project: its nearest package.json names the candidates. */
  readonly workingDirectory: string;
  /** Folder of the application; packages in the node_modules that hold it are candidates too. */
  readonly applicationDirectory?: string | undefined;
  /** Gets the errors of packages, which are then left out instead of ending the search. */
  readonly onProblem?: ((problem: AutomodelError) => void) | undefined;
}

/**
 * All plugins that are found, sorted by package name. A package found twice is listed once, the
 * project's own copy first.
 */
export async function discoverPlugins(options: DiscoveryOptions): Promise<PluginRecord[]> {
  const found = new Map<string, PluginRecord>();
  const add = async (directory: string): Promise<void> => {
    try {
      const manifest = await readManifest(join(directory, 'package.json'));
      const record = manifest === undefined ? undefined : readPluginRecord(manifest, directory);
      if (record !== undefined && !found.has(record.package)) found.set(record.package, record);
    } catch (error) {
      if (options.onProblem === undefined || !(error instanceof AutomodelError)) throw error;
      options.onProblem(error);
    }
  };
  for (const directory of await projectDependencies(options.workingDirectory)) await add(directory);
  if (options.applicationDirectory !== undefined)
    for (const directory of await siblings(options.applicationDirectory)) await add(directory);
  return [...found.values()].sort((a, b) => (a.package < b.package ? -1 : 1));
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as Manifest;
  } catch (cause) {
    throw new AutomodelError('bad-file', 'the file is not valid JSON', { location: path, cause });
  }
}

function* ancestors(directory: string): Generator<string> {
  for (let at = directory; ; at = dirname(at)) {
    yield at;
    if (at === dirname(at)) return;
  }
}

/** Folders of the packages that the project's package.json names. */
async function projectDependencies(workingDirectory: string): Promise<string[]> {
  for (const directory of ancestors(workingDirectory)) {
    const manifest = await readManifest(join(directory, 'package.json'));
    if (manifest === undefined) continue;
    const require = createRequire(join(directory, 'package.json'));
    const names = [
      'dependencies',
      'devDependencies',
      'optionalDependencies',
      'peerDependencies',
    ].flatMap((key) => Object.keys((manifest[key] ?? {}) as object));
    return [...new Set(names)].flatMap((name) => resolveDirectory(require, name) ?? []);
  }
  return [];
}

/**
 * The folder of an installed package, also when its exports hide package.json; undefined when it is
 * not installed.
 */
function resolveDirectory(require: NodeJS.Require, name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return (require.resolve.paths(name) ?? [])
      .map((folder) => join(folder, name))
      .find((folder) => existsSync(join(folder, 'package.json')));
  }
}

/**
 * Packages of the scope @automodel, and packages named automodel-*, in every node_modules above the
 * application.
 */
async function siblings(applicationDirectory: string): Promise<string[]> {
  const result: string[] = [];
  for (const directory of ancestors(applicationDirectory)) {
    const modules = join(directory, 'node_modules');
    const scoped = await namesIn(join(modules, '@automodel'));
    const named = (await namesIn(modules)).filter((name) => name.startsWith('automodel-'));
    result.push(
      ...scoped.map((name) => join(modules, '@automodel', name)),
      ...named.map((name) => join(modules, name)),
    );
  }
  return result;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch {
    return [];
  }
}
