// Settings that could get lost on their way to a run: each is tested by what the run does, not by
// how the recipe was read.
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mul, sum } from '@automodel/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { singleProcess } from '@automodel/session';
import { composeRun, finetune, PluginRegistry, type FinetuneOptions } from '../src/index.js';
import { memorySettingsOf } from '../src/open/memory-settings.js';
import { plugins, writeModel, writeRows } from './tiny-model.js';

let root: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-settings-')));
  await writeModel(root);
  await writeRows(join(root, 'rows.jsonl'), 12);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe = (output: string, more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: 'model' },
  dataset: { path_or_dataset_id: 'rows.jsonl' },
  step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps: 2 },
  optimizer: { type: 'sgd', lr: 1 },
  backend: { threads: 1 },
  ...more,
  checkpoint: { checkpoint_dir: output },
});

async function losses(input: Recipe, options: FinetuneOptions = {}): Promise<number[]> {
  const found: number[] = [];
  const run = finetune(input, { plugins, workingDirectory: root, ...options });
  for await (const event of run) if (event.type === 'step') found.push(event.loss);
  return found;
}

test('max_norm null does not clip', async () => {
  const [free, clipped, wide] = [
    await losses(recipe('free', { clip_grad_norm: { max_norm: null } })),
    await losses(recipe('clipped', { clip_grad_norm: { max_norm: 1 } })),
    await losses(recipe('wide', { clip_grad_norm: { max_norm: 1e9 } })),
  ];
  expect(free).toEqual(wide);
  expect(free[1]).not.toBe(clipped[1]);
});

test('steps minimise and report the loss that the program gives', async () => {
  const loss: FinetuneOptions['loss'] = ({ logits }) => sum(mul(logits, 0), [1]);
  expect(await losses(recipe('own-loss'), { loss })).toEqual([0, 0]);
});

test('rows are in the order of the seed, and without shuffling in that of the file', async () => {
  const rows = async (more: Partial<Recipe>): Promise<number[]> => {
    await using run = composeRun(
      checkRecipe(recipe('unused', more)),
      new PluginRegistry({ discovered: [], given: plugins }),
      { workingDirectory: root },
    );
    const loader = await run.opened.trainingLoader();
    return (await loader.next()).sources.map(({ row }) => row);
  };
  expect(await rows({ seed: 1 })).toEqual(await rows({ seed: 1 }));
  expect(await rows({ seed: 1 })).not.toEqual(await rows({ seed: 2 }));
  expect(await rows({ dataloader: { shuffle: false } })).toEqual([1, 2, 3, 4]);
});

test('rows longer than a pack are refused, or left out if the recipe says so', async () => {
  const packed = (output: string, drop_long_samples: boolean): Promise<number[]> =>
    losses(recipe(output, { packed_sequence: { packed_sequence_size: 50, drop_long_samples } }));
  await expect(packed('refused', false)).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringContaining('more than a pack of 50') as string,
  });
  expect(await packed('dropped', true)).toHaveLength(2);
});

test('a budget of gigabytes leaves what weights and optimizer states do not take', async () => {
  const room = async (memory: Recipe['memory'], optimizer: Recipe['optimizer'] = { lr: 1 }) => {
    const parsed = checkRecipe(recipe('unused', { memory, optimizer }));
    const registry = new PluginRegistry({ discovered: [], given: plugins });
    await using run = composeRun(parsed, registry, { workingDirectory: root });
    const { arenaBudgetBytes } = memorySettingsOf(parsed.recipe, {
      model: await run.opened.model(),
      precision: 'f32',
      adapter: undefined,
      parallelism: singleProcess,
      folder: (await run.opened.modelFolder()).folder,
    });
    return arenaBudgetBytes;
  };
  const small = (await room({ budget_gb: 1 }))!;
  expect(small).toBeGreaterThan(0);
  expect((await room({ budget_gb: 3 }))! - small).toBe(2e9);
  const states = [
    await room({ budget_gb: 1 }, { type: 'sgd', lr: 1 }),
    await room({ budget_gb: 1 }, { type: 'sgd', lr: 1, momentum: 0.9 }),
    small,
  ];
  const weights = states[0]! - states[1]!;
  expect(weights).toBeGreaterThan(0);
  expect(states[1]! - states[2]!).toBe(weights);
  expect(await room({})).toBeUndefined();
  await expect(room({ budget_gb: 0.001 })).rejects.toMatchObject({ code: 'out-of-memory' });
});

test('activation_checkpointing says what is computed again', async () => {
  const recomputed = async (
    activation_checkpointing?: boolean | 'selective',
  ): Promise<string[]> => {
    const parsed = checkRecipe(recipe('unused', { distributed: { activation_checkpointing } }));
    const registry = new PluginRegistry({ discovered: [], given: plugins });
    await using run = composeRun(parsed, registry, { workingDirectory: root });
    const { programs } = await run.plan();
    const steps = programs.get('micro')!.plan.steps.filter(({ phase }) => phase === 'recompute');
    return [...new Set(steps.map(({ op }) => op))];
  };
  expect(await recomputed(true)).toContain('attention');
  expect(await recomputed('selective')).toEqual(['rms_norm', 'gated_activation']);
  expect(await recomputed(false)).toEqual([]);
  expect(await recomputed()).toEqual([]); // the model is too small to gain by it
});

test("the recipe's own chat template is saved beside what it trained", async () => {
  const template =
    '{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}' +
    '{% if add_generation_prompt %}assistant: {% endif %}';
  await writeFile(join(root, 'own.jinja'), template);
  await losses(
    recipe('template', {
      dataset: { path_or_dataset_id: 'rows.jsonl', chat_template: 'own.jinja' },
    }),
  );
  expect(await readFile(join(root, 'template/chat_template.jinja'), 'utf8')).toBe(template);
});
