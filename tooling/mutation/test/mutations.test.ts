// The list of mutations applies to the sources as they are, and a run over a list notices what it
// is there for: a mutation that no test fails for, tests that fail without one, a rate that is too
// low.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { listFiles, repositoryRoot } from '../../checks/src/workspace.js';
import { complaint, mutatedText, readMutations, type Mutation } from '../src/mutation-list.js';
import { mutationReport } from '../src/mutation-report.js';
import { scratchCopy } from '../src/scratch-copy.js';
import { tryMutations, type Outcome } from '../src/try-mutations.js';

const folder = join(repositoryRoot, 'tooling/mutation/mutations');

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'mutation-test-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Whether the text is TypeScript. Types are not looked at. */
function parses(text: string): boolean {
  const file = ts.createSourceFile('mutated.ts', text, ts.ScriptTarget.Latest);
  return (Reflect.get(file, 'parseDiagnostics') as readonly ts.Diagnostic[]).length === 0;
}

const doubling = {
  'src/double.ts': 'export const double = (x: number): number => x * 2;\n',
  'test/double.test.ts':
    "import { expect, test } from 'vitest';\nimport { double } from '../src/double.js';\n" +
    "test('doubles', () => expect(double(2)).toBe(4));\n",
};

const mutation = (fields: Partial<Mutation> = {}): Mutation => ({
  id: 'triples',
  area: 'planted',
  file: 'src/double.ts',
  what: 'triples',
  find: 'x * 2',
  replace: 'x * 3',
  tests: ['test/double'],
  ...fields,
});

describe('the committed list', () => {
  const mutations = readMutations(folder);
  const testFiles = listFiles(repositoryRoot, ['.test.ts']);

  it('has entries that apply to the sources', () => {
    const wrong = mutations.flatMap((entry) => {
      const what = complaint(repositoryRoot, entry, testFiles);
      return what === undefined ? [] : [`${entry.area} ${entry.id}: ${what}`];
    });
    expect(wrong).toEqual([]);
  });

  it('leaves TypeScript that can be parsed', () => {
    expect(parses('const a = (1;')).toBe(false);
    const wrong = mutations.flatMap((entry) => {
      if (!entry.file.endsWith('.ts') || !existsSync(join(repositoryRoot, entry.file))) return [];
      return parses(mutatedText(repositoryRoot, entry)) ? [] : [`${entry.area} ${entry.id}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe('readMutations', () => {
  const { area: _, ...fields } = mutation();

  it('takes the area from the name of the file', () => {
    const root = tree({ 'core.json': JSON.stringify([fields]) });
    expect(readMutations(root)).toEqual([mutation({ area: 'core' })]);
  });

  it.each([
    ['an unknown field', { 'a.json': [{ ...fields, test: 'x' }] }, 'Unrecognized key: "test"'],
    ['no tests', { 'a.json': [{ ...fields, tests: [] }] }, '[0].tests'],
    ['an id twice', { 'a.json': [fields], 'b.json': [fields] }, 'triples is in a.json and b.json'],
  ])('refuses %s', (_name, files, message) => {
    const texts = Object.entries(files).map(([name, list]) => [name, JSON.stringify(list)]);
    const root = tree(Object.fromEntries(texts) as Record<string, string>);
    expect(() => readMutations(root)).toThrow(message);
  });
});

describe('an entry that no longer applies', () => {
  const root = tree({ ...doubling, 'src/twice.ts': 'x * 2;\nx * 2;\n' });
  it.each([
    ['fits', {}, undefined],
    ['a file that is gone', { file: 'src/half.ts' }, 'src/half.ts does not exist'],
    ['a text that is gone', { find: 'x * 4' }, 'has 0 places'],
    ['a text in two places', { file: 'src/twice.ts' }, 'has 2 places'],
    ['no change', { replace: 'x * 2' }, 'changes nothing'],
    ['a filter without files', { tests: ['double', 'half'] }, 'no test file matches "half"'],
  ])('%s', (_name, fields, message) => {
    const what = complaint(root, mutation(fields), ['test/double.test.ts']);
    if (message === undefined) expect(what).toBeUndefined();
    else expect(what).toContain(message);
  });
});

describe('tryMutations', () => {
  const installed = (files: Readonly<Record<string, string>>): string => {
    const root = tree(files);
    symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
    return root;
  };
  const options = (root: string) => ({ root, instructionSet: 'baseline' });

  it('names the test that notices, reports a planted survivor, and restores files', async () => {
    const root = installed(doubling);
    const survivor = mutation({ id: 'adds', what: 'adds', replace: 'x + 2' });
    const outcomes = await tryMutations([mutation(), survivor], options(root));
    expect(outcomes.map(({ mutation: { id }, by }) => [id, by])).toEqual([
      ['triples', 'test/double.test.ts: doubles'],
      ['adds', undefined],
    ]);
    expect(readFileSync(join(root, 'src/double.ts'), 'utf8')).toBe(doubling['src/double.ts']);
    const { lines, passed } = mutationReport(outcomes);
    expect(passed).toBe(false);
    expect(lines).toEqual([
      'planted        1 of 2 killed, 50 %',
      'all            1 of 2 killed, 50 %',
      'survivor adds, src/double.ts: adds (NO REASON: add a test or a reason)',
    ]);
  });

  it('counts tests that do not end as failed', async () => {
    const root = installed(doubling);
    const endless = mutation({ find: 'x * 2;', replace: '{ for (;;); };' });
    const [outcome] = await tryMutations([endless], { ...options(root), testSeconds: 5 });
    expect(outcome?.by).toBe('no end within 5 s');
  });

  it('refuses tests that fail without a mutation', async () => {
    const root = installed({ ...doubling, 'src/double.ts': 'export const double = () => 5;\n' });
    await expect(
      tryMutations([mutation({ find: '5', replace: '6' })], options(root)),
    ).rejects.toThrow('without a mutation a test fails: test/double.test.ts: doubles');
  });
});

describe('mutationReport', () => {
  const outcomes = (killed: number, survivors: number, reason?: string): Outcome[] =>
    Array.from({ length: killed + survivors }, (_, i) => ({
      mutation: mutation({ id: `m${i}`, ...(reason === undefined ? {} : { reason }) }),
      by: i < killed ? 'a test' : undefined,
      seconds: 1,
    }));

  it('holds at 95 % with a reason for each survivor', () => {
    expect(mutationReport(outcomes(19, 1, 'why')).passed).toBe(true);
    expect(mutationReport(outcomes(18, 1, 'why')).passed).toBe(false);
    expect(mutationReport(outcomes(19, 1)).passed).toBe(false);
    expect(mutationReport(outcomes(19, 1, 'why')).lines).toContain(
      'survivor m19, src/double.ts: triples (why)',
    );
  });

  it('lists what the machine cannot try', () => {
    const { lines } = mutationReport(outcomes(1, 0), [mutation({ instructionSet: 'neon' })]);
    expect(lines).toContain('not tried: triples, this machine has no neon');
  });
});

describe('scratchCopy', () => {
  it('holds the working tree with installed packages, and is removed', () => {
    const root = tree({
      '.gitignore': 'node_modules/\nignored.txt\n',
      'ignored.txt': '',
      'packages/a/a.ts': 'committed',
      'node_modules/other/index.js': 'installed',
    });
    symlinkSync('../packages/a', join(root, 'node_modules/a'));
    execFileSync('git', ['init', '--quiet'], { cwd: root });
    writeFileSync(join(root, 'packages/a/a.ts'), 'changed');
    const copy = scratchCopy(root);
    const text = (path: string): string => readFileSync(join(copy.root, path), 'utf8');
    expect(text('packages/a/a.ts')).toBe('changed');
    expect(text('node_modules/other/index.js')).toBe('installed');
    expect(existsSync(join(copy.root, 'ignored.txt'))).toBe(false);
    writeFileSync(join(copy.root, 'packages/a/a.ts'), 'mutated');
    expect(text('node_modules/a/a.ts')).toBe('mutated');
    expect(readFileSync(join(root, 'packages/a/a.ts'), 'utf8')).toBe('changed');
    copy.remove();
    expect(existsSync(copy.root)).toBe(false);
  });
});
