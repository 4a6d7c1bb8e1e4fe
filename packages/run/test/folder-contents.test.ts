import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkEmpty } from '../src/folder/folder-contents.js';

test('what lets processes meet leaves a folder empty, other files do not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'automodel-folder-'));
  await writeFile(join(folder, '.rendezvous-7'), '');
  await expect(checkEmpty(folder)).resolves.toEqual({ startsOver: false });
  await writeFile(join(folder, '.notes'), '');
  await expect(checkEmpty(folder)).rejects.toThrow(/the output folder is not empty \(\.notes\)/);
});
