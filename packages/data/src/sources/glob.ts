// Files below a folder, and those that a glob pattern names. A path that exists as written is never
// a pattern.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { globMatcher } from '@automodel/core';

/** True where `path` has characters of a pattern. */
export const isGlob = (path: string): boolean => /[*?[\]{}]/.test(path);

/**
 * Files below `folder`, in order of their paths; hidden files and folders (`.name`, `__name`) are
 * left out. Paths are relative and use `/`.
 */
export async function filesBelow(folder: string, below = ''): Promise<readonly string[]> {
  const found: string[] = [];
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name.startsWith('__')) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    // Snapshots of the hub's cache hold links to files; a link to a folder is not followed, because
    // it could lead back.
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, path)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(join(folder, path)))))
      found.push(path);
  }
  return found;
}

/** Absolute paths of the files that match an absolute `pattern`, in order. */
export async function matchGlob(pattern: string): Promise<readonly string[]> {
  const parts = pattern.replaceAll('\\', '/').split('/');
  const firstSpecial = parts.findIndex(isGlob);
  const base = parts.slice(0, firstSpecial).join('/') || '/';
  const matches = globMatcher(parts.slice(firstSpecial).join('/'));
  try {
    return (await filesBelow(base)).filter((path) => matches(path)).map((path) => join(base, path));
  } catch {
    return [];
  }
}

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
