import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HuggingFaceFolder, readTensor } from '@automodel/checkpoint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AutoModelForCausalLM,
  composeRun,
  finetune,
  PluginRegistry,
  type Run,
  type RunEvent,
} from '@automodel/run';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { plugins, writeDescription, writeModel, writeRows } from './tiny-model.js';

let root: string;
let model: string;
let data: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-run-')));
  model = await writeModel(root);
  data = await writeRows(join(root, 'rows.jsonl'), 20);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe = (output: string, more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: model },
  dataset: { path_or_dataset_id: data },
  step_scheduler: { global_batch_size: 4, local_batch_size: 2, num_epochs: 1, max_steps: 3 },
  optimizer: { lr: 1e-2 },
  checkpoint: { checkpoint_dir: join(root, output) },
  backend: { threads: 1 },
  ...more,
});

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
const lossesOf = (events: readonly RunEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));

test('a recipe as data trains, validates, measures and saves a complete folder', async () => {
  const events = await collect(
    finetune(
      recipe('first', {
        validation_dataset: { path_or_dataset_id: data },
        evaluation: {
          dataset: { path_or_dataset_id: data, limit_dataset_samples: 3 },
          num_samples: 1,
          max_new_tokens: 4,
        },
      }),
      { plugins },
    ),
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
  const directory = join(root, 'first');
  expect((await readdir(directory)).sort()).toEqual([
    'answers.jsonl',
    'chat_template.jinja',
    'config.json',
    'generation_config.json',
    'metrics.jsonl',
    'model.safetensors',
    'recipe.yaml',
    'report.html',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  for (const name of ['tokenizer.json', 'chat_template.jinja', 'config.json'])
    expect(await readFile(join(directory, name))).toEqual(await readFile(join(model, name)));
  const metrics = (await readFile(join(directory, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(metrics.map((line) => line['loss'] ?? 'validation')).toEqual([...losses, 'validation']);
  expect(metrics[0]).toMatchObject({ step: 0, epoch: 0 });
  expect(Object.keys(metrics[0]!)).toEqual(
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
  const directory = join(root, 'first');
  const [{ weights: before }, { weights: after }] = [
    await HuggingFaceFolder.open(model),
    await HuggingFaceFolder.open(directory),
  ];
  expect(after.names).toEqual(before.names);
  for (const name of after.names) {
    const values = Array.from(await readTensor(after.entry(name)), Number);
    expect(values.filter((value) => !Number.isFinite(value))).toEqual([]);
    expect(values).not.toEqual(Array.from(await readTensor(before.entry(name)), Number));
  }
  const [line] = (await readFile(data, 'utf8')).split('\n');
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
    composeRun(checkRecipe(recipe(output, { optimizer: { lr } })), registry);
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
  const events: RunEvent[] = [];
  for await (const event of finetune(recipe('stopped'), { plugins, signal: stop.signal })) {
    events.push(event);
    if (event.type === 'step') stop.abort();
  }
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'aborted', steps: 1 });
  expect((await readdir(join(root, 'stopped'))).sort()).toEqual([
    'LATEST',
    'epoch_0_step_0',
    'metrics.jsonl',
    'recipe.yaml',
    'report.html',
  ]);
});

test('a folder that holds anything is refused before anything is loaded', async () => {
  const output = join(root, 'first');
  await expect(
    collect(
      finetune(
        recipe('first', { model: { pretrained_model_name_or_path: join(root, 'absent') } }),
        { plugins },
      ),
    ),
  ).rejects.toMatchObject({ code: 'conflict', location: output });
});

test("training from a config writes the tokenizer's and the generation files into the result", async () => {
  const tokenizer = await writeDescription(join(root, 'elsewhere'));
  const description = join(root, 'bare');
  await writeDescription(description, { torch_dtype: 'bfloat16' });
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'])
    await rm(join(description, name));
  const events = await collect(
    finetune(
      recipe('scratch', {
        model: { type: 'causal_lm_from_config', config: join(description, 'config.json') },
        tokenizer: { pretrained_model_name_or_path: tokenizer },
      }),
      { plugins },
    ),
  );
  expect(events.find((event) => event.type === 'model')).toMatchObject({
    fromScratch: true,
    precision: 'bf16',
  });
  expect((await readdir(join(root, 'scratch'))).sort()).toEqual([
    'chat_template.jinja',
    'config.json',
    'generation_config.json',
    'metrics.jsonl',
    'model.safetensors',
    'recipe.yaml',
    'report.html',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
});

test('slices and limits choose rows in the order of the file; shuffling comes first', async () => {
  const rowsOf = async (dataset: Partial<Recipe['dataset']>): Promise<number[]> => {
    await using run = composeRun(
      checkRecipe(recipe('unused', { dataset: { path_or_dataset_id: data, ...dataset } })),
      new PluginRegistry({ discovered: [], given: plugins }),
    );
    return (await run.opened.trainingData()).samples.slice().map((sample) => sample.source.row);
  };
  expect(await rowsOf({ split: 'train[3:6]' })).toEqual([4, 5, 6]);
  expect(await rowsOf({ split: 'train[:25%]' })).toEqual([1, 2, 3, 4, 5]);
  expect(await rowsOf({ split: 'train[-4:]', limit_dataset_samples: 2 })).toEqual([17, 18]);
  const shuffled = await rowsOf({ shuffle_seed: 3, limit_dataset_samples: 5 });
  expect(shuffled).toHaveLength(5);
  expect(shuffled).not.toEqual([1, 2, 3, 4, 5]);
  await expect(rowsOf({ split: 'train[100:]' })).rejects.toMatchObject({ code: 'bad-data' });
});

test('streaming says what it needs', async () => {
  const streamed = (more: Partial<Recipe>): Promise<RunEvent[]> =>
    collect(
      finetune(
        recipe('streamed', {
          dataset: { path_or_dataset_id: data, streaming: true, seq_length: 128 },
          ...more,
        }),
        { plugins },
      ),
    );
  await expect(
    streamed({ step_scheduler: { global_batch_size: 4, local_batch_size: 2, num_epochs: 1 } }),
  ).rejects.toThrow('dataset.streaming needs step_scheduler.max_steps');
  await expect(
    streamed({ dataset: { path_or_dataset_id: data, streaming: true } }),
  ).rejects.toThrow('streaming needs a limit on the tokens of a row');
  await expect(
    streamed({
      dataset: {
        path_or_dataset_id: data,
        streaming: true,
        seq_length: 128,
        limit_dataset_samples: 3,
      },
    }),
  ).rejects.toThrow('limit_dataset_samples: cannot be used with streaming');
  await expect(
    streamed({
      validation_dataset: { path_or_dataset_id: data, streaming: true, seq_length: 128 },
    }),
  ).rejects.toThrow('streaming is for the training data');
});

test('a token that the model does not have is refused with its row', async () => {
  const folder = await writeDescription(join(root, 'small-vocabulary'), { vocab_size: 512 });
  const small = recipe('small', { model: { type: 'causal_lm_from_config', config: folder } });
  await expect(collect(finetune(small, { plugins }))).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringMatching(
      /rows\.jsonl:1: token .* has id \d+, the model knows 512 ids/,
    ) as string,
  });
});

test(
  'prompts go through the chat template unless they are raw; a chat streams in pieces that ' +
    'join to the answer',
  async () => {
    await using loaded = await AutoModelForCausalLM.fromPretrained(model, {
      plugins,
      backend: { threads: 1 },
    });
    const tokenizer = await loaded.tokenizer();
    expect(tokenizer.decode([...(await loaded.promptIds('hi'))])).toBe(
      '<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(tokenizer.decode([...(await loaded.promptIds('hi', { raw: true }))])).toBe('hi');
    const pieces: string[] = [];
    for await (const piece of loaded.stream([{ role: 'user', content: 'hi' }], { maxNewTokens: 6 }))
      pieces.push(piece);
    expect(pieces.join('')).toBe(await loaded.generate('hi', { maxNewTokens: 6 }));
    const draws = await Promise.all(
      [1, 1, 2].map((seed) => loaded.generate('hi', { maxNewTokens: 8, temperature: 2, seed })),
    );
    expect(draws[0]).toBe(draws[1]);
    expect(draws[0]).not.toBe(draws[2]);
    await writeFile(join(root, 'note'), 'x');
    await expect(loaded.savePretrained(join(root, 'note'))).rejects.toMatchObject({
      code: 'conflict',
    });
  },
);

test('rows of a program train as rows of a file do, and exclude a path', async () => {
  const rows = (await readFile(data, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const fromFile = lossesOf(await collect(finetune(recipe('rows-file'), { plugins })));
  const fromRows = lossesOf(
    await collect(finetune(recipe('rows-given', { dataset: {} }), { plugins, dataset: rows })),
  );
  expect(fromRows).toEqual(fromFile);
  await expect(collect(finetune(recipe('rows-both'), { plugins, dataset: rows }))).rejects.toThrow(
    'dataset.path_or_dataset_id and the option dataset both say where the rows are; give one of ' +
      'them',
  );
  await expect(
    collect(finetune(checkRecipe(recipe('rows-parsed')), { plugins, validationDataset: rows })),
  ).rejects.toThrow('a parsed recipe already names its data');
});
