// Which files of a folder are read: tables before prose, prose where there is nothing else; what is
// left out is named.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataFiles } from '../src/index.js';
import { filesOfFolder } from '../src/sources/files-of-folder.js';
import { folder, values, write } from './written-files.js';

it.each([
  [['README.md', 'dataset_info.json', 'train.jsonl'], ['train.jsonl'], ['README.md']],
  [['a.csv', 'b.pdf', 'notes.rst'], ['a.csv'], ['b.pdf', 'notes.rst']],
  [
    ['LICENSE.txt', 'README.md', 'guide.markdown', 'news.md.gz', 'old.rst', 'picture.png', 'x.txt'],
    ['guide.markdown', 'news.md.gz', 'old.rst', 'x.txt'],
    ['LICENSE.txt', 'README.md', 'picture.png'],
  ],
  [['README.md'], ['README.md'], []],
  [['readmes.md', 'README.md'], ['readmes.md'], ['README.md']],
])('%j', (all, data, skipped) => {
  expect(filesOfFolder(all)).toEqual({ data, skipped });
});

it('says how many files of a folder are not read, and names the first', async () => {
  for (const name of ['a.md', 'b.rst', 'c.txt']) write(`docs/${name}`, `${name}\n`);
  for (const name of ['d.pdf', 'e.png', 'f.docx', 'g.zip']) write(`docs/${name}`, 'x');
  const said: string[] = [];
  const files = await openDataFiles('docs', {
    workingDirectory: folder,
    onSkipped: (sentence) => said.push(sentence),
  });
  expect(files.map(({ format }) => format)).toEqual(['text', 'text', 'text']);
  expect(said).toEqual(['4 files of docs are not read: d.pdf, e.png, f.docx, ...']);
  expect(await values(join(folder, 'docs'))).toEqual(
    ['a.md', 'b.rst', 'c.txt'].map((text) => ({ text })),
  );
});
