// The layers of the real tree, and proof that the check notices each kind of breach.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCycles } from '../src/cycles.js';
import { checkLayers } from '../src/layers.js';
import { readWorkspaces, repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

const core = { name: '@automodel/core', version: '1.2.0' };
const library = (short: string, fields: object = {}): object => ({
  name: `@automodel/${short}`,
  version: '1.0.0',
  ...fields,
});
const peersOfModel = { '@automodel/core': '^1.0.0' };
const withCore = { peerDependencies: peersOfModel, devDependencies: { '@automodel/core': '*' } };

/** Two packages, `core` and `short`, whose index has the text given. */
function treeWith(short: string, text: string, fields: object = {}): string {
  return fakeTree({
    'packages/core/package.json': core,
    'packages/core/src/index.ts': '',
    [`packages/${short}/package.json`]: library(short, fields),
    [`packages/${short}/src/index.ts`]: text,
  });
}

describe('the repository', () => {
  it('keeps its layers', () => {
    expect(checkLayers(repositoryRoot)).toEqual([]);
  });

  it.each(readWorkspaces(repositoryRoot).map((workspace) => workspace.folder))(
    'has no import cycle in %s',
    (folder) => {
      // Ops refer to each other in their gradients.
      expect(
        findCycles(
          join(repositoryRoot, folder, 'src'),
          folder === 'packages/core' ? /^ops\// : undefined,
        ),
      ).toEqual([]);
    },
  );
});

describe('checkLayers', () => {
  it('accepts an import the table allows', () => {
    expect(
      checkLayers(treeWith('contracts', `import { x } from '@automodel/core';`, withCore)),
    ).toEqual([]);
  });

  it.each([
    ['a static import upwards', `import { x } from '@automodel/recipe';`],
    ['a dynamic import upwards', `export const load = () => import('@automodel/recipe');`],
    ['a re-export upwards', `export * from '@automodel/recipe';`],
    ['an import type upwards', `export type Recipe = import('@automodel/recipe').Recipe;`],
  ])('refuses %s', (_, text) => {
    const root = fakeTree({
      'packages/recipe/package.json': library('recipe'),
      'packages/nn/package.json': library('nn', {
        dependencies: { '@automodel/recipe': '^1.0.0' },
      }),
      'packages/nn/src/index.ts': text,
    });
    expect(checkLayers(root)).toEqual(['packages/nn/src/index.ts:1: nn must not import recipe']);
  });

  it.each([
    ['models-a', 'models-b'],
    ['models-a', 'cpu-backend'],
    ['peft', 'parallel-ddp'],
    ['nn', 'testing'],
    ['recipe', 'cpu-backend'],
  ])('refuses that %s imports %s', (from, to) => {
    const root = fakeTree({
      [`packages/${to}/package.json`]: library(to),
      [`packages/${from}/package.json`]: library(from, {
        dependencies: { [`@automodel/${to}`]: '^1.0.0' },
      }),
      [`packages/${from}/src/index.ts`]: `import { x } from '@automodel/${to}';`,
    });
    expect(checkLayers(root)).toEqual([
      `packages/${from}/src/index.ts:1: ${from} must not import ${to}`,
    ]);
  });

  it('refuses an import that the manifest does not declare', () => {
    expect(checkLayers(treeWith('data', `import { z } from 'zod';`))).toEqual([
      'packages/data/src/index.ts:1: zod is not among the dependencies of ' +
        'packages/data/package.json',
    ]);
  });

  it('refuses a dependency that nothing imports', () => {
    expect(
      checkLayers(
        treeWith('data', `// import { z } from 'zod';`, { dependencies: { zod: '^4.0.0' } }),
      ),
    ).toEqual(['packages/data/package.json: zod is declared and not imported']);
  });

  it('refuses an import that reaches inside a package', () => {
    expect(
      checkLayers(treeWith('data', `import { x } from '@automodel/core/src/error.js';`, withCore)),
    ).toEqual([
      'packages/data/src/index.ts:1: @automodel/core/src/error.js reaches inside @automodel/core',
    ]);
  });

  it('refuses a relative path out of the package', () => {
    expect(checkLayers(treeWith('data', `import { x } from '../../core/src/index.js';`))).toEqual([
      'packages/data/src/index.ts:1: ../../core/src/index.js leaves the package; import it by ' +
        'its package name',
    ]);
  });

  it('refuses core as a plain dependency and a peer range of another major', () => {
    expect(
      checkLayers(
        treeWith('data', `import '@automodel/core';`, {
          dependencies: { '@automodel/core': '^1.0.0' },
        }),
      ),
    ).toEqual([
      'packages/data/package.json: @automodel/core must be a peer dependency, so that a process ' +
        'holds one copy',
    ]);
    expect(
      checkLayers(
        treeWith('data', `import '@automodel/core';`, {
          peerDependencies: { '@automodel/core': '>=0' },
          devDependencies: { '@automodel/core': '*' },
        }),
      ),
    ).toEqual([
      'packages/data/package.json: peer range of @automodel/core is ">=0", expected "^1..."',
    ]);
  });

  it('refuses a peer that turbo would not build first', () => {
    expect(
      checkLayers(
        treeWith('data', `import '@automodel/core';`, { peerDependencies: peersOfModel }),
      ),
    ).toEqual([
      'packages/data/package.json: list @automodel/core under devDependencies ("*") too: turbo ' +
        'orders builds by them, not by peers',
    ]);
  });

  it('refuses a dependency whose peer is left to chance', () => {
    const root = fakeTree({
      'packages/core/package.json': core,
      'packages/train/package.json': library('train', withCore),
      'packages/train/src/index.ts': `import '@automodel/core';`,
      'packages/run/package.json': library('run', {
        dependencies: { '@automodel/train': '^1.0.0' },
      }),
      'packages/run/src/index.ts': `import '@automodel/train';`,
    });
    expect(checkLayers(root)).toEqual([
      'packages/run/package.json: @automodel/train needs its peer @automodel/core, which is ' +
        'not among the dependencies',
    ]);
  });

  it('refuses I/O in core', () => {
    const root = fakeTree({
      'packages/core/package.json': core,
      'packages/core/src/index.ts': `import 'node:fs';`,
    });
    expect(checkLayers(root)).toEqual([
      'packages/core/src/index.ts:1: core has no I/O, found node:fs',
    ]);
  });

  it('refuses a package that the table does not know', () => {
    expect(checkLayers(treeWith('stray', ''))).toEqual([
      'packages/stray: no row of the layers table fits "stray"',
    ]);
  });
});

describe('findCycles', () => {
  it('names a cycle of values once', () => {
    const root = fakeTree({
      'a.ts': `import { b } from './in/b.js';`,
      'in/b.ts': `export * from '../c.js';`,
      'c.ts': `const a = import('./a.js');`,
    });
    expect(findCycles(root)).toEqual(['a.ts -> in/b.ts -> c.ts -> a.ts']);
  });

  it('allows a cycle of types', () => {
    const root = fakeTree({
      'a.ts': `import { type B } from './b.js';`,
      'b.ts': `import type { A } from './a.js';`,
    });
    expect(findCycles(root)).toEqual([]);
  });

  it('allows mutual use inside functions where asked to, and still names use while loading', () => {
    const root = fakeTree({
      'ops/sin.ts':
        `import { cos } from './cos.js';\nexport const sin = define({ gradient: (x: number): ` +
        `number => cos(x) });`,
      'ops/cos.ts':
        `import { sin } from './sin.js';\nexport function cos(x: number): number { return ` +
        `sin(x); }`,
      'ops/a.ts': `import { b } from './b.js';\nexport const a = define(b);`,
      'ops/b.ts': `import { a } from './a.js';\nexport const b = define(a);`,
    });
    expect(findCycles(root, /^ops\//)).toEqual(['ops/a.ts -> ops/b.ts -> ops/a.ts']);
    expect(findCycles(root)).toEqual([
      'ops/a.ts -> ops/b.ts -> ops/a.ts',
      'ops/cos.ts -> ops/sin.ts -> ops/cos.ts',
    ]);
  });
});
