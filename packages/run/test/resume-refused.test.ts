// Checkpoints that a run is not resumed from: those of other settings, data and folders, and those
// that are broken.
import { readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recipe } from '@automodel/recipe';
import { bf16Model, refusalOf, resumedRuns, run } from './resumed-runs.js';
import { writeRows } from './tiny-model.js';
import type { TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
let bf16: string;
beforeAll(async () => {
  runs = await resumedRuns();
  bf16 = await bf16Model(runs);
});
afterAll(() => runs[Symbol.asyncDispose]());

test('a run is resumed only when asked, and only from its own checkpoints', async () => {
  const refused = (input: Recipe): Promise<string> => refusalOf(runs, input);
  await run(runs, runs.recipe('held'), 4);
  expect(await refused(runs.recipe('held'))).toMatch(
    /already holds checkpoints, the last epoch_1_step_4 \(--resume latest goes on from it/,
  );
  const again = (more: Partial<Recipe>): Recipe =>
    runs.recipe('held', { ...more, checkpoint: { restore_from: 'latest' } });
  expect(await refused(again({ optimizer: { lr: 2e-2 } }))).toContain(
    'optimizer.lr was 0.01 and is 0.02',
  );
  expect(await refused(again({ seed: 1 }))).toContain('seed was 42 and is 1');
  expect(await refused(again({ peft: { dim: 2 } }))).toMatch(/adapter\.\S+ was null and is/);
  expect(await refused(again({ model: { pretrained_model_name_or_path: bf16 } }))).toMatch(
    /model was "[0-9a-f]+" and is/,
  );
  expect(
    await refused(
      again({
        dataset: { path_or_dataset_id: await writeRows(join(runs.root, 'other.jsonl'), 13) },
      }),
    ),
  ).toContain('the data has changed');
  expect(await refused(runs.recipe('held', { checkpoint: { restore_from: 'best' } }))).toMatch(
    /no checkpoint was saved after a validation/,
  );
  expect(
    await refused(runs.recipe('held', { checkpoint: { restore_from: 'epoch_9_step_9' } })),
  ).toMatch(/no such checkpoint/);
  expect(
    await refused(runs.recipe('held', { checkpoint: { restore_from: 'epoch_0_step_1' } })),
  ).toMatch(/holds checkpoints after the one to resume \(epoch_0_step_3, epoch_1_step_4\)/);
  expect(await refused(runs.recipe('nowhere', { checkpoint: { restore_from: 'latest' } }))).toMatch(
    /holds no checkpoint to resume from/,
  );
  expect(
    await refused(runs.recipe('nowhere', { checkpoint: { restore_from: runs.model } })),
  ).toMatch(/no training_state\/state.json/);
});

test('streamed data, quantised weights and kinds of dropout are compared too', async () => {
  const refused = (input: Recipe): Promise<string> => refusalOf(runs, input);
  const streamed = (path: string, more: object = {}): Partial<Recipe> => ({
    dataset: { path_or_dataset_id: path, streaming: true, seq_length: 128, ...more },
    step_scheduler: { global_batch_size: 2, local_batch_size: 1, max_steps: 6 },
  });
  const rows = await readFile(runs.data, 'utf8');
  const other = join(runs.root, 'same-size.jsonl');
  const at = rows.lastIndexOf('"}') - 2; // a letter of the last row
  await writeFile(
    other,
    `${rows.slice(0, at)}${rows[at] === 'x' ? 'y' : 'x'}${rows.slice(at + 1)}`,
  );
  await run(runs, runs.recipe('streamed', streamed(runs.data)), 2);
  const again = { checkpoint: { restore_from: 'latest' } };
  expect(await refused(runs.recipe('streamed', { ...streamed(other), ...again }))).toMatch(
    /dataset\.files was "[0-9a-f]+" and is/,
  );
  expect(
    await refused(
      runs.recipe('streamed', {
        ...streamed(runs.data, {
          chat_template:
            '{% for m in messages %}{{ m.content }}{% generation %}{{ eos_token }}{% ' +
            'endgeneration %}{% endfor %}',
        }),
        ...again,
      }),
    ),
  ).toMatch(/dataset\.samples was "[0-9a-f]+" and is/);
  const adapter = { peft: { dim: 2, dropout: 0.1 } };
  await run(runs, runs.recipe('adapter', adapter), 2);
  expect(
    await refused(
      runs.recipe('adapter', { ...adapter, quantization: { load_in_8bit: true }, ...again }),
    ),
  ).toContain('quantization was null and is "int8"');
  expect(
    await refused(
      runs.recipe('adapter', { peft: { ...adapter.peft, dropout_position: 'pre' }, ...again }),
    ),
  ).toContain('peft.dropout_position was null and is "pre"');
});

test('a broken file is named, and nothing is lost', async () => {
  const refused = (output: string): Promise<string> =>
    refusalOf(runs, runs.recipe(output, { checkpoint: { restore_from: 'latest' } }));
  await run(runs, runs.recipe('broken'), 4);
  const state = join(runs.root, 'broken/epoch_1_step_4/training_state');
  const text = await readFile(join(state, 'state.json'), 'utf8');
  await writeFile(join(state, 'state.json'), text.replace('"version": 1', '"version": 2'));
  expect(await refused('broken')).toMatch(
    /the checkpoint has version 2, this program reads up to 1/,
  );
  await writeFile(join(state, 'state.json'), text);
  const optimizer = await readFile(join(state, 'optimizer.safetensors'));
  await writeFile(join(state, 'optimizer.safetensors'), optimizer.subarray(0, -40));
  expect(await refused('broken')).toMatch(/truncated/);
  await writeFile(join(state, 'optimizer.safetensors'), optimizer);
  await rm(join(runs.root, 'broken/LATEST'));
  await symlink('epoch_7_step_70', join(runs.root, 'broken/LATEST'), 'dir');
  await rename(join(runs.root, 'broken/epoch_1_step_4'), join(runs.root, 'aside'));
  for (const name of await readdir(join(runs.root, 'broken')))
    if (name.startsWith('epoch')) await rm(join(runs.root, 'broken', name), { recursive: true });
  expect(await refused('broken')).toMatch(/points to epoch_7_step_70, which is not there/);
  expect(
    await run(
      runs,
      runs.recipe('elsewhere', { checkpoint: { restore_from: join(runs.root, 'aside') } }),
    ).then((events) => events.at(-1)),
  ).toMatchObject({ type: 'done', reason: 'finished', steps: 3 });
});
