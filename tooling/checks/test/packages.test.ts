// The package checks notice a package that lacks its README or brings sources, and one that works
// only through a neighbour.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importEach, layOutConsumer, typeCheckEach } from '../src/consumer.js';
import { checkContents, packWorkspaces } from '../src/pack.js';
import { readWorkspaces, repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

const modules = join(repositoryRoot, 'node_modules');
const fields = {
  version: '1.0.0',
  type: 'module',
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  files: ['dist'],
};

/** Two built packages; the second imports the first and declares it or not. */
function packedPair(declared: boolean): {
  readonly project: string;
  readonly packed: ReturnType<typeof packWorkspaces>;
} {
  const root = fakeTree({
    'package.json': { name: 'root', private: true, workspaces: ['packages/*'] },
    'packages/one/package.json': { name: '@automodel/one', ...fields },
    'packages/one/dist/index.js': 'export const one = 1;',
    'packages/one/dist/index.d.ts': 'export declare const one: number;',
    'packages/two/package.json': {
      name: '@automodel/two',
      ...fields,
      ...(declared ? { peerDependencies: { '@automodel/one': '^1.0.0' } } : {}),
    },
    'packages/two/dist/index.js': `export { one as two } from '@automodel/one';`,
    'packages/two/dist/index.d.ts': `export { one as two } from '@automodel/one';`,
  });
  mkdirSync(join(root, 'tarballs'));
  const packed = packWorkspaces(root, readWorkspaces(root), join(root, 'tarballs'));
  return { project: layOutConsumer(join(root, 'consumer'), packed, modules), packed };
}

describe('a consumer', () => {
  it('loads a package that declares what it imports', () => {
    const { project, packed } = packedPair(true);
    expect(packed.map(({ files }) => files)).toEqual(
      Array(2).fill(['dist/index.d.ts', 'dist/index.js', 'package.json']),
    );
    expect(importEach(project, ['@automodel/one', '@automodel/two'])).toEqual([]);
    expect(typeCheckEach(project, ['@automodel/one', '@automodel/two'], modules)).toEqual([]);
  });

  it('does not load one that relies on a neighbour', () => {
    const { project } = packedPair(false);
    expect(importEach(project, ['@automodel/one', '@automodel/two'])).toEqual([
      expect.stringContaining(
        `@automodel/two: does not load when installed alone: Error [ERR_MODULE_NOT_FOUND]: ` +
          `Cannot find package '@automodel/one'`,
      ),
    ]);
    expect(typeCheckEach(project, ['@automodel/two'], modules)).toEqual([
      expect.stringContaining(`Cannot find module '@automodel/one'`),
    ]);
  });
});

describe('checkContents', () => {
  const complete = [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'package.json',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/index.js.map',
  ];

  it('accepts a complete package', () => {
    expect(checkContents({ name: 'x', version: '1.0.0' }, complete)).toEqual([]);
  });

  it('asks for a changelog only once the package was released', () => {
    const fresh = complete.filter((path) => path !== 'CHANGELOG.md');
    expect(checkContents({ name: 'x', version: '0.0.0' }, fresh)).toEqual([]);
    expect(checkContents({ name: 'x', version: '0.1.0' }, fresh)).toEqual([
      'x: the package lacks CHANGELOG.md',
    ]);
  });

  it('names what is missing and what does not belong', () => {
    expect(
      checkContents({ name: 'x', version: '1.0.0' }, [
        ...complete.slice(1),
        'src/index.ts',
        'test/a.test.ts',
        'tsup.config.ts',
      ]),
    ).toEqual([
      'x: the package lacks README.md',
      'x: src/index.ts does not belong in the package',
      'x: test/a.test.ts does not belong in the package',
      'x: tsup.config.ts does not belong in the package',
    ]);
  });
});
