// Never two writers: a process that was frozen, and whose folder another run has taken over and
// trained on in, stops when it wakes up and changes nothing.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Recipe } from '@automodel/recipe';
import { shortRuns, type TinyRuns } from './tiny-runs.js';

const writer = fileURLToPath(new URL('frozen-writer.ts', import.meta.url));

/** Every file of a folder with the hash of what is in it. */
async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const hashed = files.sort().map(async (path): Promise<[string, string]> => [
    path.slice(folder.length + 1),
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  ]);
  return new Map(await Promise.all(hashed));
}

/** Makes a lock look like that of a machine that has been silent for a minute. */
async function fromElsewhere(folder: string): Promise<void> {
  const name = (await readdir(folder)).find((one) => /^\.lock-\d+\.json$/.test(one))!;
  const path = join(folder, name);
  const lock = JSON.parse(await readFile(path, 'utf8')) as object;
  const text = JSON.stringify({ ...lock, host: 'elsewhere', boot: 'another boot' });
  await writeFile(path, text);
  const then = new Date(Date.now() - 60_000);
  await utimes(path, then, then);
}

const settings = (runs: TinyRuns): Partial<Recipe> => ({
  validation_dataset: { path_or_dataset_id: runs.data },
  step_scheduler: {
    global_batch_size: 4,
    local_batch_size: 2,
    num_epochs: 2,
    max_steps: 7,
    ckpt_every_steps: 2,
  },
});

test('a writer that is frozen and taken over stops, and changes nothing', async () => {
  await using runs = await shortRuns();
  const { checkpoint: _, ...shared } = settings(runs);
  const recipe = (output: string, restore_from?: string): Recipe =>
    runs.recipe(output, {
      ...shared,
      ...(restore_from === undefined ? {} : { checkpoint: { restore_from } }),
    });
  await runs.run(recipe('whole'));

  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--conditions=@automodel/source',
      writer,
      JSON.stringify(recipe('shared')),
      '2',
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  const folder = join(runs.root, 'shared');
  await fromElsewhere(folder);
  const events = await runs.run(recipe('shared', 'auto'));
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'finished' });
  const before = await contents(folder);

  child.kill('SIGCONT');
  child.stdin.write('go on\n');
  await once(child, 'close');
  expect(said).toMatch(/conflict: another run has taken this folder over/);
  expect(await contents(folder)).toEqual(before);
  for (const file of ['model.safetensors', 'config.json'])
    expect(await readFile(join(folder, file))).toEqual(
      await readFile(join(runs.root, 'whole', file)),
    );
}, 120_000);
