// No relative link in the documentation leads nowhere.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { documents } from '../src/doc-examples.js';
import { brokenLinks } from '../src/doc-links.js';
import { repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

const more = [
  'CONTRIBUTING.md',
  'CODE_OF_CONDUCT.md',
  'SECURITY.md',
  '.changeset/README.md',
  'goldens/README.md',
].filter((path) => existsSync(join(repositoryRoot, path)));

it.each([...documents(repositoryRoot), ...more])('%s', (file) => {
  expect(brokenLinks(repositoryRoot, file)).toEqual([]);
});

it('names a link that leads nowhere, and follows none in code or to the web', () => {
  const root = fakeTree({
    'docs/a.md':
      '[b](b.md#part) [c](../c.md) [w](https://example.org) [h](#here) ' +
      '`[x](x.md)`\n```\n[y](y.md)\n```\n',
    'docs/b.md': '',
  });
  expect(brokenLinks(root, 'docs/a.md')).toEqual(['docs/a.md: ../c.md']);
});
