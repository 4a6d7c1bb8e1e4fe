// The lint configuration notices what it is there for, and comments cannot switch it off. Linted as
// text under paths of the repository.
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../src/workspace.js';

// Without type information: the text stands for no file of the program.
const eslint = new ESLint({
  cwd: repositoryRoot,
  overrideConfig: { languageOptions: { parserOptions: { project: null } } },
  ruleFilter: ({ ruleId }) => !typed.has(ruleId),
});
const typed = new Set([
  'ts/await-thenable',
  'ts/no-floating-promises',
  'ts/no-misused-promises',
  'ts/only-throw-error',
  'ts/switch-exhaustiveness-check',
]);

async function rulesBroken(path: string, text: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: path });
  return result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? [];
}

const header = '// What it is.\n';

describe('lint', () => {
  it.each([
    ['a clean file', 'packages/core/src/clean-file.ts', `${header}export const a = 1;\n`, []],
    [
      'a file name with capitals',
      'packages/core/src/CamelCase.ts',
      `${header}export const a = 1;\n`,
      ['automodel/file-name'],
    ],
    [
      'a catch-all file name',
      'packages/core/src/utils.ts',
      `${header}export const a = 1;\n`,
      ['automodel/file-name'],
    ],
    [
      'a file without a header',
      'packages/core/src/a.ts',
      'export const a = 1;\n',
      ['automodel/file-header'],
    ],
    [
      'console in a library',
      'packages/core/src/a.ts',
      `${header}console.log(1);\n`,
      ['no-console'],
    ],
    [
      'an exit in a library',
      'packages/core/src/a.ts',
      `${header}process.exit(1);\n`,
      ['automodel/no-process-effects'],
    ],
    ['console in an app', 'apps/cli/src/a.ts', `${header}console.log(1);\n`, []],
    [
      'any',
      'packages/core/src/a.ts',
      `${header}export const a: any = 1;\n`,
      ['ts/no-explicit-any'],
    ],
    [
      'a decorator',
      'packages/core/src/a.ts',
      `${header}@sealed export class A {}\n`,
      ['no-restricted-syntax'],
    ],
    [
      'a file of 401 lines',
      'packages/core/src/a.ts',
      header + 'export {};\n'.repeat(400),
      ['max-lines'],
    ],
    [
      'a function of 61 lines',
      'packages/core/src/a.ts',
      `${header}export function f(): void {\n${'f();\n'.repeat(59)}}\n`,
      ['max-lines-per-function'],
    ],
    [
      'the same function in a test',
      'packages/core/test/a.test.ts',
      `${header}export function f(): void {\n${'f();\n'.repeat(59)}}\n`,
      [],
    ],
    [
      'a line of 101 characters',
      'packages/core/src/a.ts',
      `${header}export const a = '${'a'.repeat(101 - "export const a = '';".length)}';\n`,
      ['automodel/line-length'],
    ],
    [
      'a line that only a URL makes longer',
      'apps/cli/src/a.ts',
      `${header}// See https://example.org/${'a'.repeat(100)} for why.\n`,
      [],
    ],
    [
      'an inline snapshot of wide lines',
      'apps/cli/test/a.test.ts',
      `${header}expect(1).toMatchInlineSnapshot(\`\n${'a'.repeat(200)}\n\`);\n`,
      [],
    ],
    [
      'a template of wide lines that is no snapshot',
      'apps/cli/test/a.test.ts',
      `${header}expect(1).toBe(\`\n${'a'.repeat(200)}\n\`);\n`,
      ['automodel/line-length'],
    ],
    [
      'a nested ternary',
      'packages/core/src/a.ts',
      `${header}export const f = (a: number): number => (a > 2 ? 3 : a > 1 ? 2 : 1);\n`,
      ['no-nested-ternary'],
    ],
    [
      'a comment that would switch a rule off',
      'packages/core/src/a.ts',
      `${header}// eslint-disable-next-line no-console\nconsole.log(1);\n`,
      [expect.stringContaining('noInlineConfig'), 'no-console'],
    ],
  ])('%s', async (_, path, text, expected) => {
    expect(await rulesBroken(path, text)).toEqual(expected);
  });
});
