// Renames and appends in the folder of a run: the repository's own, and planted violations.
import { describe, expect, it } from 'vitest';
import { ASK_THE_FENCE, checkFencedWrites, FENCED } from '../src/fenced-writes.js';
import { repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

describe('checkFencedWrites', () => {
  it('finds nothing in the repository that goes past the fence', () => {
    expect(checkFencedWrites(repositoryRoot, FENCED, ASK_THE_FENCE)).toEqual([]);
  });

  it('names each rename and append', () => {
    const root = fakeTree({
      'packages/run/src/a.ts': "import { readFile, rename } from 'node:fs/promises';\n",
      'packages/run/src/b.ts': "// more\nimport { createWriteStream } from 'node:fs';\n",
      'packages/run/src/c.ts': "const file = await open(path, 'a');\nawait file.appendFile('x');\n",
      'packages/run/src/fence.ts': "import { rename } from 'node:fs/promises';\n",
      'packages/hub/src/d.ts': "import { rename } from 'node:fs/promises';\n",
    });
    expect(checkFencedWrites(root, ['packages/run/src'], ['packages/run/src/fence.ts'])).toEqual([
      'packages/run/src/a.ts:1: rename',
      'packages/run/src/b.ts:2: createWriteStream',
      'packages/run/src/c.ts:1: appends to an open file',
      'packages/run/src/c.ts:2: appends to an open file',
    ]);
  });
});
