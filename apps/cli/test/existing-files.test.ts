// A file that exists is not written over, whichever command is asked to write it, unless --force
// says so.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';
import { repository } from './support/tiny-folder.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-existing-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const cli = (...words: Words): Promise<CliResult> => cliIn(root, typed(...words));
const model = join(repository, 'examples/quickstart/tokenizer');
const golden = join(repository, 'goldens/models/llama-gqa');

describe.each([
  ['check', typed`--model ${model} --data none.jsonl --output out`, '--html'],
  ['template', [model], '--html'],
  ['schema', [], '--output'],
  ['verify', typed`${golden} --reference ${golden}/golden.safetensors --threads 1`, '--dump'],
])('%s', (command, words, option) => {
  test('refuses a file that exists, in one line, and leaves it alone', async () => {
    await writeFile(join(root, 'mine'), 'mine');
    const refused = await cli`${command} ${words} ${option} mine`;
    expect(refused).toEqual({
      code: 2,
      out: '',
      err:
        `error: mine: the file already exists (choose another name with ${option}, or --force ` +
        'to overwrite it)\n',
    });
    expect(await readFile(join(root, 'mine'), 'utf8')).toBe('mine');
  });

  test('writes over it with --force, and a new one without', async () => {
    await writeFile(join(root, 'mine'), 'mine');
    await cli`${command} ${words} ${option} mine --force`;
    const written = await readFile(join(root, 'mine'));
    expect(written.length).toBeGreaterThan(1000);
    await cli`${command} ${words} ${option} ${command}.new`;
    expect((await readFile(join(root, `${command}.new`))).length).toBe(written.length);
  });
});
