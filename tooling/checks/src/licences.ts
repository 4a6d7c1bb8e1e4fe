// Holds the production dependencies to an allow-list of licences. Works on package-lock.json: walks
// from every workspace over dependencies, optional and peer dependencies the way Node resolves
// them, so that tools for development do not count.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspaces } from './workspace.js';

/**
 * Licences (SPDX) under which a production dependency may stand: permissive, and none asks more
 * than keeping its notice.
 */
export const allowedLicences: readonly string[] = [
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Python-2.0',
];

interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * A third-party package that reaches users: its place in the lockfile, version and licence as
 * stated there.
 */
export interface ProductionDependency {
  readonly path: string;
  readonly version: string;
  readonly licence: string;
}

/** The production closure of all workspaces below `root`, sorted by path. */
export function productionDependencies(root: string): readonly ProductionDependency[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockEntry>>;
  };
  const seen = new Set<string>();
  const queue = readWorkspaces(root).map((workspace) => workspace.folder);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const entry = lock.packages[path];
    if (entry === undefined || seen.has(path)) continue;
    seen.add(path);
    if (entry.link === true && entry.resolved !== undefined) queue.push(entry.resolved);
    for (const name of Object.keys({
      ...entry.dependencies,
      ...entry.optionalDependencies,
      ...entry.peerDependencies,
    })) {
      const found = resolveInLock(lock.packages, path, name);
      if (found !== undefined) queue.push(found);
    }
  }
  return [...seen]
    .filter((path) => path.includes('node_modules/') && lock.packages[path]?.link !== true)
    .sort()
    .map((path) => ({
      path,
      version: lock.packages[path]?.version ?? '',
      licence: lock.packages[path]?.license ?? 'none stated',
    }));
}

/**
 * Whether an SPDX expression is met by the allow-list: one side of an OR is enough, an AND needs
 * both.
 */
export function isAllowedLicence(expression: string): boolean {
  const text = expression.trim().replace(/^\((.*)\)$/, '$1');
  if (/ OR /.test(text)) return text.split(' OR ').some(isAllowedLicence);
  if (/ AND /.test(text)) return text.split(' AND ').every(isAllowedLicence);
  return allowedLicences.includes(text);
}

/**
 * Where Node finds `name` from the package at `path`: its own node_modules, then each one further
 * up. Absent optional packages: undefined.
 */
function resolveInLock(
  packages: Readonly<Record<string, LockEntry>>,
  path: string,
  name: string,
): string | undefined {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const candidate = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
    if (at === '') return undefined;
  }
}
