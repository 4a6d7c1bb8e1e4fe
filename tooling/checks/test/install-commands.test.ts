import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sitePages } from '../../site/src/stage-pages.js';
import { bareInstallCommands, NOTE } from '../src/install-commands.js';
import { repositoryRoot } from '../src/workspace.js';

test('every command that installs the packages says from when on it is valid', () => {
  const files = ['README.md', ...sitePages(repositoryRoot).map(({ source }) => source)];
  const bare = files.flatMap((file) =>
    bareInstallCommands(readFileSync(join(repositoryRoot, file), 'utf8')).map(
      (line) => `${file}:${line}`,
    ),
  );
  expect(bare).toEqual([]);
});

test('a command without the note is found, in every form', () => {
  const fenced = (after: string): string =>
    `# A\n\n\`\`\`sh\nnpm i @automodel/core\n\`\`\`\n${after}`;
  expect(bareInstallCommands(fenced('\nThen this.\n'))).toEqual([4]);
  expect(bareInstallCommands(fenced(`\n${NOTE}.\n`))).toEqual([]);
  expect(bareInstallCommands('    yarn add automodel\n\nText.\n')).toEqual([1]);
  expect(bareInstallCommands(`    pnpm add automodel\n\n${NOTE}.\n`)).toEqual([]);
  expect(
    bareInstallCommands('    npm install --ignore-scripts\n    npm install express\n'),
  ).toEqual([]);
});
