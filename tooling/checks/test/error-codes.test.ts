// docs/errors.md lists the error codes of the source, with the exit codes that the command line
// gives them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AutomodelError, type ErrorCode } from '@automodel/core';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../../../apps/cli/src/describe-error.js';
import { repositoryRoot } from '../src/workspace.js';

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');
const union = /export type ErrorCode =([^;]*);/.exec(read('packages/core/src/error.ts'))?.[1] ?? '';
const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code as ErrorCode);

test('the table of error codes is complete and has their exit codes', () => {
  expect(codes.length).toBeGreaterThan(20);
  const listed = [
    ...read('docs/errors.md').matchAll(/^\| `([a-z-]+)` +\| +(\d+) \| [^|]+ \| [^|]+ \|$/gm),
  ].map(([, code, exit]) => [code, Number(exit)]);
  expect(listed).toEqual(
    codes.map((code) => [code, exitCodeOf(new AutomodelError(code, 'something'))]),
  );
});
