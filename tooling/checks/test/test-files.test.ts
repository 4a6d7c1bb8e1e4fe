// Test files share the modules that they import, but for those named *.alone.test.ts: what changes
// modules for others, or looks at which are loaded, belongs there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listFiles, repositoryRoot } from '../src/workspace.js';

const files = ['packages', 'apps', 'tooling', 'examples'].flatMap((folder) =>
  listFiles(join(repositoryRoot, folder), ['.test.ts']).map((path) => `${folder}/${path}`),
);
const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');
const CHANGES_MODULES = /\bvi\.(?:mock|doMock)\(|createRequire\(import\.meta\.url\)\.cache/;

it('that change modules are named so', () => {
  const own = 'tooling/checks/test/test-files.test.ts';
  const changing = files.filter((file) => file !== own && CHANGES_MODULES.test(read(file)));
  expect(changing).not.toEqual([]);
  expect(changing.filter((file) => !file.endsWith('.alone.test.ts'))).toEqual([]);
});
