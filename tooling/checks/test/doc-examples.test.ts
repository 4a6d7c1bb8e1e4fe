// The documentation's examples type-check and run, and every package shows one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  documents,
  findCommands,
  findExamples,
  readExamples,
  runCommands,
  runExample,
  typeCheckExamples,
} from '../src/doc-examples.js';
import { readWorkspaces, repositoryRoot } from '../src/workspace.js';

const examples = readExamples(repositoryRoot);
const commands = documents(repositoryRoot)
  .map((file) => ({
    file,
    blocks: findCommands(file, readFileSync(join(repositoryRoot, file), 'utf8')),
  }))
  .filter(({ blocks }) => blocks.length > 0);

describe('the repository', () => {
  it.each(readWorkspaces(repositoryRoot).map(({ folder }) => folder))(
    '%s/README.md has an example',
    (folder) => {
      const markdown = readFileSync(join(repositoryRoot, folder, 'README.md'), 'utf8');
      expect(findExamples(folder, markdown).length).toBeGreaterThan(0);
    },
  );

  it('has examples that type-check', () => {
    expect(typeCheckExamples(repositoryRoot, examples)).toEqual([]);
  });

  it.each(examples.filter(({ run }) => run))('$file:$line runs', (example) => {
    expect(runExample(repositoryRoot, example)).toEqual(expect.any(String));
  });

  it.each(commands)(
    'the commands of $file run',
    ({ blocks }) => {
      runCommands(repositoryRoot, blocks);
    },
    300_000,
  );
});

describe('commands', () => {
  const [first, ...others] = findCommands(
    'a.md',
    [
      '```sh',
      'false',
      '```',
      '```sh run',
      'npx automodel --version',
      'test -d examples',
      '```',
    ].join('\n'),
  );

  it('are the blocks fenced as sh run, and fail with the block that does', () => {
    expect(others).toEqual([]);
    expect(() => runCommands(repositoryRoot, first === undefined ? [] : [first])).not.toThrow();
    expect(() =>
      runCommands(repositoryRoot, [
        { file: 'a.md', line: 7, code: 'true\nfalse\ntrue', run: true },
      ]),
    ).toThrow('the commands of a.md:7 fail');
  });
});

describe('examples', () => {
  const [typed, executed, ...others] = findExamples(
    'a.md',
    [
      '# A',
      '```ts',
      'const a: number = "text";',
      '```',
      '```sh',
      'ls',
      '```',
      '```ts run',
      `import { AutomodelError } from '@automodel/core';`,
      `console.log(new AutomodelError('internal', 'said').message);`,
      '```',
      '```typescript',
      '...',
      '```',
    ].join('\n'),
  );

  it('are the blocks fenced as ts, with their lines', () => {
    expect(others).toEqual([]);
    expect([typed?.line, typed?.run, executed?.line, executed?.run]).toEqual([3, false, 9, true]);
  });

  it('are refused when a type is wrong', () => {
    expect(typeCheckExamples(repositoryRoot, typed === undefined ? [] : [typed])).toEqual([
      `a.md:3: Type 'string' is not assignable to type 'number'.`,
    ]);
  });

  it('run from source', () => {
    if (executed === undefined) throw new Error('no example');
    expect(runExample(repositoryRoot, executed)).toBe('said\n');
    expect(() =>
      runExample(repositoryRoot, { ...executed, code: `throw new Error('no good');` }),
    ).toThrow('no good');
  });
});
