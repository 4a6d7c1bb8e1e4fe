// The soft limit on the length of files: the repository's own, and planted violations.
import { describe, expect, it } from 'vitest';
import { checkFileLengths, FOLDERS, LONG_FILES, SOFT_LIMIT } from '../src/file-lengths.js';
import { repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

describe('checkFileLengths', () => {
  it('finds nothing to say about the repository', () => {
    expect(checkFileLengths(repositoryRoot, FOLDERS, LONG_FILES)).toEqual([]);
  });

  it('names long files without a reason, and reasons without a long file', () => {
    const root = fakeTree({
      'apps/a/src/short.ts': 'x;\n'.repeat(SOFT_LIMIT),
      'apps/a/src/long.ts': 'x;\n'.repeat(SOFT_LIMIT + 1),
      'apps/a/src/table.mjs': 'x;\n'.repeat(SOFT_LIMIT + 2),
      'apps/a/dist/built.js': 'x;\n'.repeat(900),
      'apps/a/README.md': 'x\n'.repeat(900),
      'packages/b/src/elsewhere.ts': 'x;\n'.repeat(900),
    });
    const reasons = {
      'apps/a/src/table.mjs': 'one table',
      'apps/a/src/short.ts': 'was longer',
      'apps/a/src/gone.ts': 'was there',
    };
    expect(checkFileLengths(root, ['apps'], reasons)).toEqual([
      'apps/a/src/long.ts: 251 lines, at most 250: split it',
      'apps/a/src/short.ts: is no longer too long: take it off the list',
      'apps/a/src/gone.ts: is not there: take it off the list',
    ]);
  });
});
