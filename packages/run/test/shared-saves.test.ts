// Checkpoints that several ranks save together: byte for byte those of one process, whatever the
// strategy, and read by any other number of ranks.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HuggingFaceFolder, saveHuggingFaceFolder } from '@automodel/checkpoint';
import fsdp2 from '@automodel/parallel-fsdp2';
import type { Recipe } from '@automodel/recipe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOfFolder, ranksAt, saverOfRanks, sharings } from './saving-ranks.js';
import { StrategyRuns } from './strategy-runs.js';
import { writeModel } from './tiny-model.js';

let runs: StrategyRuns;
let untied: string;
beforeAll(async () => {
  runs = await StrategyRuns.create();
  const whole = await writeModel(join(runs.root, 'untied'), {
    tie_word_embeddings: false,
    torch_dtype: 'bfloat16',
  });
  untied = join(runs.root, 'shards');
  await saveHuggingFaceFolder({
    directory: untied,
    base: await HuggingFaceFolder.open(whole),
    tensors: [],
    tying: 'as-stored',
    maxShardBytes: 70_000,
  });
});
afterAll(() => runs[Symbol.asyncDispose]());

/** What a run's folder holds besides its lock. */
const namesIn = async (output: string): Promise<string[]> =>
  (await readdir(join(runs.root, output))).filter((name) => !name.startsWith('.lock')).sort();

/** A global batch that any of the ranks share evenly. */
const step_scheduler = {
  global_batch_size: 12,
  local_batch_size: 1,
  max_steps: 3,
  ckpt_every_steps: 2,
};
const recipeOf = (output: string, more: Partial<Recipe> = {}): Recipe =>
  runs.recipe('none', output, { step_scheduler, ...more });

const peft = { dim: 4, target_modules: '*_proj' };
const cases: Readonly<Record<string, () => Partial<Recipe>>> = {
  'all weights, tied': () => ({}),
  'all weights, untied, bf16 files in shards, f32 masters': () => ({
    model: { pretrained_model_name_or_path: untied },
    precision: 'bf16',
  }),
  lora: () => ({ peft }),
  'lora on nf4': () => ({
    peft,
    quantization: { load_in_4bit: true, bnb_4bit_quant_type: 'nf4' },
  }),
};

describe.each(Object.entries(cases))('%s', (name, more) => {
  const recipe = (output: string): Recipe => recipeOf(`${name} ${output}`, more());
  let checkpoint: string;
  let alone: ReadonlyMap<string, string>;
  beforeAll(async () => {
    await runs.run(recipe('trained'));
    checkpoint = join(runs.root, `${name} trained`, 'epoch_0_step_1');
    alone = await saved('alone');
  });

  async function saved(output: string): Promise<ReadonlyMap<string, string>> {
    const ranks = await ranksAt(recipe(output), checkpoint, sharings[output]);
    await using saver = await saverOfRanks(ranks);
    const paths = await saver.save(1);
    expect(new Set(paths)).toEqual(
      new Set([join(runs.root, `${name} ${output}`, 'epoch_0_step_1')]),
    );
    expect(await namesIn(`${name} ${output}`)).toEqual([
      'LATEST',
      'epoch_0_step_1',
      'metrics.jsonl',
      'recipe.yaml',
    ]);
    const files = new Map(await bytesOfFolder(paths[0]!));
    files.delete('config.yaml'); // names the strategy
    return files;
  }

  test('one process saves what it restored', async () => {
    const trained = await bytesOfFolder(checkpoint);
    const tensors = [...trained.keys()].filter((file) => file.endsWith('.safetensors'));
    expect(tensors.length).toBeGreaterThan(1);
    for (const file of tensors) expect(alone.get(file), file).toBe(trained.get(file));
  });

  test.each(Object.keys(sharings))('%s', async (sharing) => {
    const shared = await saved(sharing);
    expect([...shared.keys()].sort()).toEqual([...alone.keys()].sort());
    for (const [file, bytes] of shared) expect(bytes === alone.get(file), file).toBe(true);
  });
});

test('4 ranks, then 2, then one, then 4: the curve of one process', async () => {
  const steps = { ...step_scheduler, global_batch_size: 4, max_steps: 7, ckpt_every_steps: 100 };
  const recipe = (strategy: string, output: string, restore_from: string | null): Recipe =>
    runs.recipe(strategy, output, {
      ...{ step_scheduler: steps, validation_dataset: null, optimizer: { lr: 1e-3 } },
      model: { pretrained_model_name_or_path: untied },
      checkpoint: { restore_from },
    });
  await runs.run(recipe('none', 'straight', null));
  // ranks agree on a stop in the step after it
  for (const [stopAfter, sharing] of [
    [0, 'fsdp2 of 4'],
    [2, 'fsdp2 of 2'],
    [4, undefined],
    [undefined, 'fsdp2 of 4'],
  ] as const) {
    const resume = recipe('fsdp2', 'resumed', stopAfter === 0 ? null : 'latest');
    if (sharing === undefined) await runs.run(resume, [], { stopAfter });
    else await runs.runOverRanks(resume, [fsdp2], { axes: sharings[sharing]!.axes, stopAfter });
  }
  const [straight, resumed] = await Promise.all(['straight', 'resumed'].map(lossesOf));
  expect(resumed).toHaveLength(7);
  resumed!.forEach((loss, i) => expect(Math.abs(loss / straight![i]! - 1)).toBeLessThan(1e-6));
});

const lossesOf = async (output: string): Promise<readonly number[]> =>
  ((await runs.results(output)).get('metrics.jsonl') as readonly { readonly loss: number }[]).map(
    ({ loss }) => loss,
  );

test('streamed rows over 3 ranks: the curve of one process, with an uneven tail', async () => {
  const recipe = (strategy: string): Recipe =>
    runs.recipe(strategy, `streamed ${strategy}`, {
      step_scheduler: { global_batch_size: 6, local_batch_size: 1, max_steps: 4 },
      dataset: {
        ...{ path_or_dataset_id: runs.data, streaming: true },
        ...{ seq_length: 256, shuffle_buffer_size: 5 },
      },
      ...{ validation_dataset: null, optimizer: { lr: 1e-3 } },
    });
  await runs.run(recipe('none'));
  await runs.runOverRanks(recipe('fsdp2'), [fsdp2], { axes: sharings['fsdp2 of 3']!.axes });
  const [alone, shared] = await Promise.all(['streamed none', 'streamed fsdp2'].map(lossesOf));
  expect(shared).toHaveLength(4); // 14 rows: the third batch has two
  shared!.forEach((loss, i) => expect(Math.abs(loss / alone![i]! - 1)).toBeLessThan(1e-6));
});

test('a rank whose piece is not a number fails the save of all; the next one works', async () => {
  const recipe = recipeOf('damaged');
  await runs.run(recipeOf('whole'));
  const checkpoint = join(runs.root, 'whole', 'epoch_0_step_1');
  const ranks = await ranksAt(recipe, checkpoint, sharings['fsdp2 of 3']);
  await using saver = await saverOfRanks(ranks);
  const { parameters } = ranks[2]!.session;
  const name = 'model.norm.weight';
  const good = await Promise.all(ranks.map(({ session }) => session.parameters.read(name)));
  parameters.write(name, new Float32Array(32).fill(NaN));
  await expect(saver.save(1)).rejects.toThrow(`rank 2: tensor ${name} holds NaN (element 22)`);
  expect(await namesIn('damaged')).toEqual(['metrics.jsonl', 'recipe.yaml']);
  parameters.write(name, good[2]!);
  await saver.save(2);
  const [saved, before] = [
    await bytesOfFolder(join(runs.root, 'damaged', 'epoch_0_step_2')),
    await bytesOfFolder(checkpoint),
  ];
  expect(saved.get('model.safetensors')).toBe(before.get('model.safetensors'));
});
