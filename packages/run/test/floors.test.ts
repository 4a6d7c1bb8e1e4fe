// The folders of this package stand on floors: a file imports from its own folder and from those
// below, types included, so that no two folders need each other. Only open/ knows the container.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** From the lowest. */
const FLOORS = [
  'machine',
  'plugins',
  'evaluation',
  'events',
  'folder',
  'open',
  'export',
  'checkpoints',
  'check',
  'observe',
  'stages',
  'init',
  'front-door',
];

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && path.includes('/'));

const folderOf = (path: string): string => path.slice(0, path.indexOf('/'));

/** Files of this package that a file names in an import, an export or an import of types. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(src, path), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)];
  return specifiers.map(([, specifier]) => posix.join(posix.dirname(path), specifier!));
}

test('every folder has its floor', () => {
  expect([...new Set(files.map(folderOf))].sort()).toEqual(FLOORS.toSorted());
});

test('no file imports from a floor above its own', () => {
  const floorOf = (path: string): number => FLOORS.indexOf(folderOf(path));
  const climbing = files.flatMap((path) =>
    importsOf(path)
      .filter((other) => other.includes('/') && floorOf(other) > floorOf(path))
      .map((other) => `${path} -> ${other}`),
  );
  expect(climbing).toEqual([]);
});

test('only open/ imports the container of parts', () => {
  const container = ['open/run-container.js', 'open/parts.js'];
  const importing = files.filter((path) =>
    importsOf(path).some((other) => container.includes(other)),
  );
  expect(importing.map(folderOf).filter((folder) => folder !== 'open')).toEqual([]);
});
