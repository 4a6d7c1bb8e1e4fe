// Reads the workspace as the checks see it: every package and app with its manifest and folder. The
// root is a parameter, so that a check can be tried on a small tree made by a test.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url)).replace(
  /\/$/,
  '',
);

/** The part of a package.json that checks read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * One workspace: `folder` is relative to the root (`packages/core`), `short` its last part
 * (`core`).
 */
export interface Workspace {
  readonly folder: string;
  readonly short: string;
  readonly manifest: Manifest;
}

/** All packages and apps below `root`, in the order of their folders. */
export function readWorkspaces(root: string): readonly Workspace[] {
  const found: Workspace[] = [];
  for (const parent of ['packages', 'apps']) {
    if (!existsSync(join(root, parent))) continue;
    for (const short of readdirSync(join(root, parent)).sort()) {
      const path = join(root, parent, short, 'package.json');
      if (!existsSync(path)) continue;
      found.push({
        folder: `${parent}/${short}`,
        short,
        manifest: JSON.parse(readFileSync(path, 'utf8')) as Manifest,
      });
    }
  }
  return found;
}

/**
 * Paths of all files below `folder` that end with one of `endings`, sorted, relative to `folder`.
 */
export function listFiles(folder: string, endings: readonly string[]): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter(
      (path) =>
        endings.some((ending) => path.endsWith(ending)) &&
        !path.split('/').includes('node_modules'),
    )
    .sort();
}
