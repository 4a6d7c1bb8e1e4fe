// Finds import cycles inside a package. Imports of types alone vanish at run time and are allowed; a cycle of values makes the result
// depend on which file is loaded first.
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { findImports } from './imports.js';
import { listFiles } from './workspace.js';

/** Every cycle of run-time imports among the files below `folder`, as `a.ts -> b.ts -> a.ts`; each cycle once. */
export function findCycles(folder: string): readonly string[] {
  const graph = new Map(listFiles(folder, ['.ts']).map((path) => [path, targets(folder, path)]));
  const done = new Set<string>();
  const cycles = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.add(canonical(trail.slice(at)));
    if (at >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return [...cycles].sort();
}

function targets(folder: string, path: string): readonly string[] {
  return findImports(path, readFileSync(join(folder, path), 'utf8'))
    .filter((found) => !found.typeOnly && found.specifier.startsWith('.'))
    .map((found) => posix.join(dirname(path), found.specifier.replace(/\.js$/, '.ts')));
}

/** The cycle written from its alphabetically first file, so that one cycle found twice is one line. */
function canonical(cycle: readonly string[]): string {
  const first = cycle.indexOf([...cycle].sort()[0] ?? '');
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, turned[0]].join(' -> ');
}
