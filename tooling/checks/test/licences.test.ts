// What users install stands under licences that ask for no more than a notice; the project's own
// licence is Apache-2.0 everywhere.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAllowedLicence, productionDependencies } from '../src/licences.js';
import { readWorkspaces, repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

describe('the repository', () => {
  it('has only production dependencies under allowed licences', () => {
    const found = productionDependencies(repositoryRoot);
    expect(found.map((dependency) => dependency.path)).toContain('node_modules/koffi');
    expect(found.filter((dependency) => !isAllowedLicence(dependency.licence))).toEqual([]);
  });

  it('is Apache-2.0 in its licence file and in every manifest', () => {
    expect(readFileSync(join(repositoryRoot, 'LICENSE'), 'utf8')).toContain('Apache License');
    for (const { folder } of readWorkspaces(repositoryRoot)) {
      const manifest = JSON.parse(
        readFileSync(join(repositoryRoot, folder, 'package.json'), 'utf8'),
      ) as { license?: string };
      expect({ folder, license: manifest.license }).toEqual({ folder, license: 'Apache-2.0' });
    }
  });
});

describe('productionDependencies', () => {
  it('follows dependencies, optional ones and peers, and leaves tools out', () => {
    const root = fakeTree({
      'packages/a/package.json': { name: 'a', version: '1.0.0' },
      'package-lock.json': {
        packages: {
          '': { devDependencies: { tool: '1' } },
          'packages/a': {
            version: '1.0.0',
            dependencies: { b: '1' },
            devDependencies: { tool: '1' },
          },
          'node_modules/b': {
            version: '1.0.0',
            license: 'MIT',
            dependencies: { c: '1' },
            peerDependencies: { d: '1' },
            optionalDependencies: { gone: '1' },
          },
          'node_modules/b/node_modules/c': { version: '2.0.0', license: 'GPL-3.0' },
          'node_modules/c': { version: '1.0.0', license: 'MIT' },
          'node_modules/d': { version: '1.0.0' },
          'node_modules/tool': { version: '1.0.0', license: 'GPL-3.0' },
        },
      },
    });
    expect(productionDependencies(root)).toEqual([
      { path: 'node_modules/b', version: '1.0.0', licence: 'MIT' },
      { path: 'node_modules/b/node_modules/c', version: '2.0.0', licence: 'GPL-3.0' },
      { path: 'node_modules/d', version: '1.0.0', licence: 'none stated' },
    ]);
  });
});

describe('isAllowedLicence', () => {
  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND GPL-3.0', false],
    ['GPL-3.0', false],
    ['none stated', false],
    ['SEE LICENSE IN LICENSE', false],
  ])('%s: %s', (expression, allowed) => {
    expect(isAllowedLicence(expression)).toBe(allowed);
  });
});
