// A run's folder: the file that marks a result as complete comes last, and LOWEST_VAL names the
// checkpoint of the lowest validation loss.
import { mkdir, mkdtemp, readdir, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import type * as fileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { finetune, type RunEvent } from '../src/index.js';
import { OutputFolder } from '../src/folder/output-folder.js';
import { plugins, writeModel, writeRows } from './tiny-model.js';

/** Names of what was renamed, in order. */
const disk = vi.hoisted(() => ({ renamed: [] as string[] }));

vi.mock('node:fs/promises', async (original) => {
  const real: typeof fileSystem = await original();
  return {
    ...real,
    rename: async (from: string, to: string) => {
      disk.renamed.push(to);
      await real.rename(from, to);
    },
  };
});

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-output-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test.each([
  [['adapter_config.json', 'adapter_model.safetensors', 'tokenizer.json']],
  [['config.json', 'model.safetensors', 'tokenizer.json', 'vocab.json']],
])('of %j the config is moved in last, after what is left to do', async (files) => {
  const output = new OutputFolder(root);
  const ending = { step: 4, epoch: 1, best: null, metricsBytes: 12, evaluated: false };
  await output.lock();
  disk.renamed.length = 0;
  const saved = await output.saveResult(async (directory) => {
    await mkdir(directory);
    for (const name of files) await writeFile(join(directory, name), name);
    return { directory, files, tieWordEmbeddings: undefined, notes: [] };
  }, ending);
  expect(saved).toEqual(files);
  expect(disk.renamed.map((path) => basename(path))).toEqual([
    '.ending.json',
    ...files.slice(1),
    files[0],
  ]);
  expect(await output.finished()).toMatchObject({ config: files[0], ending });
  await output.ending.evaluated();
  expect(await output.finished()).toMatchObject({ ending: { ...ending, evaluated: true } });
  await output.ending.remove();
  expect((await output.finished())?.ending).toBeUndefined();
  await output.close();
  expect((await readdir(root)).sort()).toEqual([...files].sort());
});

test('LOWEST_VAL names the checkpoint of the lowest validation loss', async () => {
  await writeModel(root);
  await writeRows(join(root, 'rows.jsonl'), 8);
  const losses = new Map<number, number>();
  const note = (event: RunEvent): void => {
    if (event.type === 'validation') losses.set(event.step, event.loss);
  };
  const stop = new AbortController();
  for await (const event of finetune(
    {
      model: { pretrained_model_name_or_path: 'model' },
      dataset: { path_or_dataset_id: 'rows.jsonl' },
      validation_dataset: { path_or_dataset_id: 'rows.jsonl' },
      step_scheduler: {
        global_batch_size: 4,
        local_batch_size: 2,
        max_steps: 6,
        num_epochs: null,
        ckpt_every_steps: 1,
        val_every_steps: 1,
      },
      optimizer: { lr: 1e-2 },
      backend: { threads: 1 },
      checkpoint: { checkpoint_dir: 'out' },
    },
    { plugins, workingDirectory: root, signal: stop.signal },
  )) {
    note(event);
    if (event.type === 'step' && event.step === 4) stop.abort();
  }
  const [lowest] = [...losses].sort(([, a], [, b]) => a - b)[0]!;
  expect(lowest).toBeGreaterThan(0);
  expect(await readlink(join(root, 'out/LOWEST_VAL'))).toMatch(
    new RegExp(`^epoch_\\d_step_${lowest}$`),
  );
});
