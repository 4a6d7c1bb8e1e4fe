import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rewriteLinks, sitePages, stagePages, type Page } from '../src/stage-pages.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'automodel-site-'));
  for (const file of [
    'docs/guide.md',
    'docs/decisions/README.md',
    'docs/decisions/0000-template.md',
    'packages/core/README.md',
    'packages/core/src/index.ts',
    'examples/one/README.md',
    'examples/README.md',
    'README.md',
    'CONTRIBUTING.md',
    'apps/cli/README.md',
    'docs/public/picture.png',
  ]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '# Page\n');
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const rewritten = (markdown: string): string =>
  rewriteLinks(
    root,
    sitePages(root),
    { source: 'packages/core/README.md', target: 'packages/core.md' } satisfies Page,
    markdown,
  );

test('guides, decisions, READMEs and nothing else are pages', () => {
  expect(sitePages(root).map(({ target }) => target)).toEqual([
    'decisions/index.md',
    'guide.md',
    'packages/automodel.md',
    'examples/index.md',
    'contributing.md',
    'packages/core.md',
    'examples/one.md',
  ]);
});

test.each([
  ['[a](../../docs/guide.md#part)', '[a](../guide.md#part)'],
  ['[`a`](../../docs/decisions/README.md)', '[`a`](../decisions/index.md)'],
  ['[a](../../examples/one)', '[a](../examples/one.md)'],
  ['[a](../../README.md)', '[a](../index.md)'],
  ['[the source](src/index.ts)', 'the source'],
  ['![a](../../docs/public/picture.png)', '![a](/picture.png)'],
  ['[a](https://example.org) [b](#here)', '[a](https://example.org) [b](#here)'],
  ['```ts\n[a](nowhere.md)\n```', '```ts\n[a](nowhere.md)\n```'],
])('%s becomes %s', (given, expected) => {
  expect(rewritten(given)).toBe(expected);
});

test('a link that leads nowhere is an error', () => {
  expect(() => rewritten('[a](nowhere.md)')).toThrow(
    'packages/core/README.md: the link to nowhere.md leads nowhere',
  );
});

test('pictures come along', () => {
  stagePages(root, join(root, 'pages'));
  expect(existsSync(join(root, 'pages/public/picture.png'))).toBe(true);
});
