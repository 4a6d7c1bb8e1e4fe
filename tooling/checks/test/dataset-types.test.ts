// The list and the table that follow from the dataset types, and files that are no dataset type.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findFormats, LIST, listText, TABLE, tableText } from '../src/dataset-types.js';
import { repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

it('are written as the formats say: npm run dataset-types', async () => {
  const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');
  const formats = await findFormats(repositoryRoot);
  expect(formats[0]?.format.type).toBe('jsonl');
  expect(read(LIST)).toBe(await listText(formats));
  expect(read(TABLE)).toBe(await tableText(formats));
});

it.each([
  ['a type by another name', 'export const one = { type: "other_one", read: () => ({}) };'],
  ['two types', 'export const a = { type: "one", read: 1 }; export const b = a;'],
  ['no type', 'export const one = 1;'],
])('refuses a file of %s', async (_, text) => {
  const root = fakeTree({ 'packages/data/src/formats/one.ts': text });
  await expect(findFormats(root)).rejects.toThrow(
    'packages/data/src/formats/one.ts does not export one format, of the type it is named for',
  );
});
