// Finds import cycles inside a package. Imports of types alone vanish at run time and are allowed;
// a cycle of values makes the result depend on which file is loaded first. Where functions refer to
// each other by nature (the gradient of sin is cos, and back), an import that is used only inside
// functions can be left out of the count: it is not read while files load.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findImports, findNamesReadAtLoad, importedFile } from './imports.js';
import { listFiles } from './workspace.js';

/**
 * Every cycle of run-time imports among the files below `folder`, as `a.ts -> b.ts -> a.ts`; each
 * cycle once. Files whose path fits
 * `mutual` may import each other for use inside functions.
 */
export function findCycles(folder: string, mutual?: RegExp): readonly string[] {
  const graph = new Map(
    listFiles(folder, ['.ts']).map((path) => [
      path,
      targets(folder, path, mutual?.test(path) === true),
    ]),
  );
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

function targets(folder: string, path: string, onlyReadAtLoad: boolean): readonly string[] {
  const text = readFileSync(join(folder, path), 'utf8');
  const read = findNamesReadAtLoad(path, text);
  return findImports(path, text)
    .filter((found) => !found.typeOnly && found.specifier.startsWith('.'))
    .filter(
      (found) =>
        !onlyReadAtLoad || found.names.length === 0 || found.names.some((name) => read.has(name)),
    )
    .map((found) => importedFile(path, found.specifier));
}

/**
 * The cycle written from its alphabetically first file, so that one cycle found twice is one line.
 */
function canonical(cycle: readonly string[]): string {
  const first = cycle.indexOf([...cycle].sort()[0] ?? '');
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, turned[0]].join(' -> ');
}
