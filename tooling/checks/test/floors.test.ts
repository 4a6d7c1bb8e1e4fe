// The floors of the repository's folders, and planted circles.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFloors, CIRCLES, findCircles, ONE_ROOM } from '../src/floors.js';
import { findImports, importedFile } from '../src/imports.js';
import { listFiles, repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

/** The circles below a tree of sources, as lines. */
const circlesOf = (files: Readonly<Record<string, string>>, oneRoom?: string): string[] =>
  findCircles(fakeTree(files), oneRoom).map(({ rooms }) => rooms.join(' <-> '));

describe('the repository', () => {
  it('keeps folders on floors', () => {
    expect(checkFloors(repositoryRoot, ONE_ROOM, CIRCLES)).toEqual([]);
  });

  it('imports the container of parts only in the folder that opens runs', () => {
    const folder = join(repositoryRoot, 'packages/run/src');
    const container = ['open/run-container.ts', 'open/parts.ts'];
    const importing = listFiles(folder, ['.ts']).filter((path) =>
      findImports(path, readFileSync(join(folder, path), 'utf8')).some(({ specifier }) =>
        container.includes(importedFile(path, specifier)),
      ),
    );
    expect(importing).not.toEqual([]);
    expect(importing.filter((path) => !path.startsWith('open/'))).toEqual([]);
  });
});

describe('findCircles', () => {
  it('accepts folders that import one way, and files of one folder that import each other', () => {
    const files = {
      'top/a.ts': `import { b } from '../low/b.js';\nimport { c } from './c.js';`,
      'top/c.ts': `import type { A } from './a.js';`,
      'low/b.ts': `import { e } from '../error.js';`,
      'error.ts': '',
      'index.ts': `export * from './top/a.js';\nexport * from './error.js';`,
    };
    expect(circlesOf(files)).toEqual([]);
  });

  it.each([
    ['values', `import { b } from '../b/b.js';`],
    ['types', `import type { B } from '../b/b.js';`],
    ['an import type', `export type B = import('../b/b.js').B;`],
    ['a re-export', `export { b } from '../b/b.js';`],
    ['a dynamic import', `export const load = () => import('../b/b.js');`],
  ])('finds two folders that import each other by %s', (_, text) => {
    const files = { 'a/a.ts': text, 'b/b.ts': '', 'b/other.ts': `import '../a/a.js';` };
    expect(circlesOf(files)).toEqual(['a <-> b']);
  });

  it('finds a longer circle, without the folders that only lead into it or out of it', () => {
    const files = {
      'a/a.ts': `import '../b/b.js';`,
      'b/b.ts': `import '../c/c.js';`,
      'c/c.ts': `import '../a/other.js';\nimport '../low/low.js';`,
      'a/other.ts': '',
      'low/low.ts': '',
      'top/top.ts': `import '../a/a.js';`,
    };
    expect(circlesOf(files)).toEqual(['a <-> b <-> c']);
  });

  it('finds a folder and the one inside it, and a folder and a file beside it', () => {
    const inside = { 'a/a.ts': `import './in/b.js';`, 'a/in/b.ts': `import '../c.js';` };
    expect(circlesOf(inside)).toEqual(['a <-> a/in']);
    expect(circlesOf(inside, 'a')).toEqual([]);
    expect(circlesOf({ 'a/a.ts': `import '../b.js';`, 'b.ts': `import './a/a.js';` })).toEqual([
      'a <-> b.ts',
    ]);
  });
});

describe('checkFloors', () => {
  const root = (): string =>
    fakeTree({
      'packages/x/package.json': { name: '@automodel/x', version: '1.0.0' },
      'packages/x/src/a/a.ts': `\nimport '../b/b.js';`,
      'packages/x/src/b/b.ts': `import type { C } from '../a/c.js';`,
    });

  it('names the imports of a circle without a reason', () => {
    expect(checkFloors(root(), {}, {})).toEqual([
      'packages/x: a <-> b: a/a.ts:2 -> b/b.ts, b/b.ts:1 -> a/c.ts',
    ]);
  });

  it('refuses a reason that is no longer needed', () => {
    const reasons = { 'packages/x: a <-> b': 'by nature', 'packages/x: a <-> c': 'once' };
    expect(checkFloors(root(), {}, reasons)).toEqual([
      'packages/x: a <-> c: is no circle: take it off the list',
    ]);
  });
});
