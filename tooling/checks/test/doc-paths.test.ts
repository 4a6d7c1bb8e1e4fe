// No path that a guide names in inline code leads nowhere.
import { describe, expect, it } from 'vitest';
import { brokenPaths, FOREIGN, guidesAmong, listPaths } from '../src/doc-paths.js';
import { repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

describe('the repository', () => {
  const paths = listPaths(repositoryRoot);

  it.each(guidesAmong(paths))('%s', (file) => {
    expect(brokenPaths(repositoryRoot, file, paths, FOREIGN)).toEqual([]);
  });
});

/** What is broken in a document of a small repository. */
function broken(
  text: string,
  file = 'docs/guide.md',
  foreign?: Readonly<Record<string, string>>,
): readonly string[] {
  const root = fakeTree({
    'packages/core/package.json': { name: '@automodel/core', version: '1.0.0' },
    'packages/core/src/ops/norm/rms-norm.ts': '',
    'packages/core/dist/index.js': '',
    'packages/core/README.md': '',
    'apps/cli/package.json': { name: 'automodel', version: '1.0.0' },
    'apps/cli/src/main.ts': '',
    'docs/guide.md': '',
    [file]: text,
  });
  return brokenPaths(root, file, listPaths(root), foreign);
}

describe('brokenPaths', () => {
  it.each([
    'packages/core/src/ops',
    'packages/core/',
    'core/src/ops/norm/rms-norm.ts:12',
    'cli/src/main.ts',
    'packages/{core/src,core/README.md}',
    'packages/<package>/src/ops/*/rms-*.ts',
    'packages/**/rms-norm.ts',
    'packages/core/dist/later.js',
    'node packages/core/src/ops/norm/rms-norm.ts --count 3',
    'norm/rms-norm.ts',
  ])('accepts %s', (path) => {
    expect(broken(`See \`${path}\`.`)).toEqual([]);
  });

  it.each([
    'packages/core/src/opps',
    'core/src/ops/rms-norm.ts',
    'packages/core/src/{ops,passes}',
    'packages/models-<family>/package.json',
    'packages/core/src/*/rms-norm.ts',
    'packages/gone/dist/index.js',
    'layer-norm.ts',
    'norm/rms-norm.cpp',
  ])('names %s', (path) => {
    expect(broken(`First\n\nSee \`${path}\`.`)).toEqual([`docs/guide.md:3: ${path}`]);
  });

  it('names a path inside a command', () => {
    expect(broken('`node packages/core/tool.mjs --fast out/a.ts`')).toEqual([
      'docs/guide.md:1: packages/core/tool.mjs',
    ]);
  });

  it('reads src/ and test/ in the README of a package as its own', () => {
    const text = '`src/ops/norm`, `src/passes`, `test/`, `kernels`';
    expect(broken(text, 'packages/core/README.md')).toEqual([
      'packages/core/README.md:1: src/passes',
      'packages/core/README.md:1: test/',
    ]);
    expect(broken(text)).toEqual([]);
  });

  it('leaves alone what a reader or a run makes, packages, modules and fenced code', () => {
    const text =
      '`out/run/report.html` `@automodel/core` `./name.js` `recipe.yaml` `data/train.jsonl`\n' +
      '```sh\nnode `packages/gone.ts`\n```\n';
    expect(broken(text)).toEqual([]);
  });

  it('leaves alone the files of others', () => {
    expect(broken('`model_<name>.py`')).toEqual(['docs/guide.md:1: model_<name>.py']);
    expect(broken('`model_<name>.py`', 'docs/guide.md', { 'model_<name>.py': 'theirs' })).toEqual(
      [],
    );
  });
});
