// Whole runs of a recipe: what they write, that they share nothing, and how they are stopped.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HuggingFaceFolder, readTensor } from '@automodel/checkpoint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AutoModelForCausalLM, composeRun, PluginRegistry, type Run } from '@automodel/run';
import { checkRecipe } from '@automodel/recipe';
import { plugins, writeDescription } from './tiny-model.js';
import { collect, lossesOf, shortRuns, type TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await shortRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

test('a recipe as data trains, validates, measures and saves a complete folder', async () => {
  const events = await runs.run(
    runs.recipe('first', {
      validation_dataset: { path_or_dataset_id: runs.data },
      evaluation: {
        dataset: { path_or_dataset_id: runs.data, limit_dataset_samples: 3 },
        num_samples: 1,
        max_new_tokens: 4,
      },
    }),
  );
  const kinds = events.map((event) => event.type).filter((type, i, all) => type !== all[i - 1]);
  expect(kinds).toEqual([
    'dataset',
    'preview',
    'model',
    'plan',
    'evaluation-progress',
    'evaluation',
    'step',
    'validation',
    'checkpoint-saved',
    'evaluation-progress',
    'evaluation',
    'saved',
    'report',
    'done',
  ]);
  const losses = lossesOf(events);
  expect(losses).toHaveLength(3);
  expect(losses[2]).toBeLessThan(losses[0]!);
  const directory = join(runs.root, 'first');
  expect((await readdir(directory)).sort()).toEqual([
    '.lock-1.json',
    'answers.jsonl',
    'chat_template.jinja',
    'config.json',
    'generation_config.json',
    'metrics.jsonl',
    'model.safetensors',
    'recipe.yaml',
    'report.html',
    'report.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  for (const name of ['tokenizer.json', 'chat_template.jinja', 'config.json'])
    expect(await readFile(join(directory, name))).toEqual(await readFile(join(runs.model, name)));
  const metrics = (await readFile(join(directory, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(metrics.map((line) => line['loss'] ?? line['evaluation'] ?? 'validation')).toEqual([
    'before',
    ...losses,
    'validation',
    'after',
  ]);
  const scored = events.filter((event) => event.type === 'evaluation');
  expect([metrics[0], metrics.at(-1)]).toMatchObject([
    { step: 0, evaluation: 'before', num_answers: 3, eval_exact_match: scored[0]?.exactMatch },
    { step: 2, evaluation: 'after', num_answers: 3, eval_exact_match: scored[1]?.exactMatch },
  ]);
  expect(metrics[1]).toMatchObject({ step: 0, epoch: 0 });
  expect(Object.keys(metrics[1]!)).toEqual(
    expect.arrayContaining([
      'grad_norm',
      'lr',
      'mem',
      'tps',
      'tps_per_gpu',
      'num_tokens_per_step',
      'num_label_tokens',
      'data_wait_ms',
      'timestamp',
    ]),
  );
});

test('the trained folder holds changed, finite weights and answers as the run did', async () => {
  const directory = join(runs.root, 'first');
  const [{ weights: before }, { weights: after }] = [
    await HuggingFaceFolder.open(runs.model),
    await HuggingFaceFolder.open(directory),
  ];
  expect(after.names).toEqual(before.names);
  for (const name of after.names) {
    const values = Array.from(await readTensor(after.entry(name)), Number);
    expect(values.filter((value) => !Number.isFinite(value))).toEqual([]);
    expect(values).not.toEqual(Array.from(await readTensor(before.entry(name)), Number));
  }
  const [line] = (await readFile(runs.data, 'utf8')).split('\n');
  const { messages } = JSON.parse(line!) as {
    readonly messages: readonly { readonly role: 'user'; readonly content: string }[];
  };
  const answers = (await readFile(join(directory, 'answers.jsonl'), 'utf8')).trim().split('\n');
  const { steps, samples } = JSON.parse(answers.at(-1)!) as {
    readonly steps: number;
    readonly samples: readonly { readonly answer: string }[];
  };
  expect(steps).toBe(3);
  await using trained = await AutoModelForCausalLM.fromPretrained(directory, {
    plugins,
    backend: { threads: 1 },
  });
  expect(await trained.generate(messages.slice(0, 1), { maxNewTokens: 4 })).toBe(
    samples[0]!.answer,
  );
});

test('two runs in one process share nothing: a second app composes them side by side', async () => {
  const registry = new PluginRegistry({ discovered: [], given: plugins });
  const compose = (output: string, lr: number) =>
    composeRun(checkRecipe(runs.recipe(output, { optimizer: { lr } })), registry);
  await using one = compose('one', 1e-2);
  await using two = compose('two', 3e-2);
  const [first, second] = await Promise.all([collect(one.events()), collect(two.events())]);
  await using alone = compose('alone', 1e-2);
  expect(lossesOf(first)).toEqual(lossesOf(await collect(alone.events())));
  expect(lossesOf(first)).not.toEqual(lossesOf(second));
  const partsOf = (run: Run) =>
    Promise.all([
      run.opened.session(),
      run.opened.backend(),
      run.opened.tokenizer(),
      run.opened.trainingData(),
    ]);
  const others = await partsOf(two);
  (await partsOf(one)).forEach((part, i) => expect(part).not.toBe(others[i]));
});

test('stopping ends the run after its step and keeps what was trained', async () => {
  const stop = new AbortController();
  const events = await runs.run(runs.recipe('stopped'), {
    signal: stop.signal,
    onEvent: ({ type }) => type === 'step' && stop.abort(),
  });
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'aborted', steps: 1 });
  expect((await readdir(join(runs.root, 'stopped'))).sort()).toEqual([
    '.lock-1.json',
    'LATEST',
    'epoch_0_step_0',
    'metrics.jsonl',
    'recipe.yaml',
    'report.html',
    'report.json',
  ]);
});

test('a folder that is not empty is refused before anything is loaded', async () => {
  const output = join(runs.root, 'first');
  await expect(
    runs.run(
      runs.recipe('first', { model: { pretrained_model_name_or_path: join(runs.root, 'absent') } }),
    ),
  ).rejects.toMatchObject({ code: 'conflict', location: output });
});

test('training from a config copies tokenizer and generation files into the result', async () => {
  const tokenizer = await writeDescription(join(runs.root, 'elsewhere'));
  const description = join(runs.root, 'bare');
  await writeDescription(description, { torch_dtype: 'bfloat16' });
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'])
    await rm(join(description, name));
  const events = await runs.run(
    runs.recipe('scratch', {
      model: { type: 'causal_lm_from_config', config: join(description, 'config.json') },
      tokenizer: { pretrained_model_name_or_path: tokenizer },
    }),
  );
  expect(events.find((event) => event.type === 'model')).toMatchObject({
    fromScratch: true,
    precision: 'bf16',
  });
  expect((await readdir(join(runs.root, 'scratch'))).sort()).toEqual([
    '.lock-1.json',
    'chat_template.jinja',
    'config.json',
    'generation_config.json',
    'metrics.jsonl',
    'model.safetensors',
    'recipe.yaml',
    'report.html',
    'report.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
});
