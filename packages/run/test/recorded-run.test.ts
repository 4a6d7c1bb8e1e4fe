// A folder that no package implements, but which has a recorded graph, works everywhere: recipe,
// library, evaluation, generation.
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HuggingFaceFolder, readTensor } from '@automodel/checkpoint';
import { loadDataset } from '@automodel/data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AutoModelForCausalLM,
  composeRun,
  datasetLoss,
  finetune,
  PluginRegistry,
  type RunEvent,
} from '@automodel/run';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { recordedGraph, writeRecordedFolder } from './recorded-folder.js';
import { plugins, writeModel, writeRows } from './tiny-model.js';

let root: string;
let model: string;
let data: string;
let longest: number;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-recorded-')));
  data = await writeRows(join(root, 'rows.jsonl'), 7);
  const first = await writeRecordedFolder(join(root, 'first'), 64);
  await using loaded = await AutoModelForCausalLM.fromPretrained(first, {
    plugins,
    backend: { threads: 1 },
  });
  longest = Math.max(
    ...(await loadDataset(await loaded.tokenizer(), data)).samples
      .slice()
      .map((sample) => sample.inputIds.length),
  );
  model = await writeRecordedFolder(join(root, 'model'), longest);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe = (output: string, more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: model },
  dataset: { path_or_dataset_id: data },
  step_scheduler: { global_batch_size: 7, local_batch_size: 7, num_epochs: 3 },
  optimizer: { lr: 1e-2 },
  checkpoint: { checkpoint_dir: join(root, output) },
  backend: { threads: 1 },
  ...more,
});
const open = (folder: string, graph?: string): Promise<AutoModelForCausalLM> =>
  AutoModelForCausalLM.fromPretrained(folder, { plugins, graph, backend: { threads: 1 } });

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

test(
  'it trains in rectangles of its own size, and what the graph does not use is listed and ' +
    'carried',
  async () => {
    const events = await collect(
      finetune(recipe('trained', { validation_dataset: { path_or_dataset_id: data } }), {
        plugins,
      }),
    );
    const opened = events.find((event) => event.type === 'model')!;
    expect(opened.modelType).toBe('unheard');
    expect(opened.notes.map((note) => note.replace(root, '<root>'))).toEqual([
      'the forward pass of UnheardForCausalLM is the recorded graph <root>/model/graph.json: ' +
        `batches of 2 x ${longest} tokens, one document a row, and no cache ` +
        '(each generated token evaluates its padded row again).',
      'the model does not read model.counts, model.mixer.unused; they are kept as they are.',
      'local_batch_size 7 has no effect: the graph was recorded for 2 rows, and that many are in ' +
        'a ' +
        'micro-batch; incomplete ones are filled with empty rows.',
    ]);
    const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    expect(losses).toHaveLength(3);
    expect(losses[2]).toBeLessThan(losses[0]!);
    await using base = await open(model);
    const { samples } = await loadDataset(await base.tokenizer(), data);
    const before = await datasetLoss(base.session, samples);
    // seven rows in batches of two: the last is half empty
    expect(losses[0]).toBeCloseTo(before.loss, 5);
    expect(before.tokens).toBe(events.find((event) => event.type === 'step')!.trainedTokens);

    const [from, to] = await Promise.all(
      [model, join(root, 'trained')].map((folder) => HuggingFaceFolder.open(folder)),
    );
    for (const name of ['graph.json', 'config.json', 'tokenizer.json'])
      expect(await readFile(join(to!.path, name)), name).toEqual(await readFile(join(model, name)));
    expect([...to!.weights.tensors.keys()]).toEqual([...from!.weights.tensors.keys()]);
    for (const [name, changed] of [
      ['model.counts', false],
      ['model.mixer.unused', false],
      ['model.mixer.weight', true],
    ] as const)
      expect(
        String(await readTensor(to!.weights.tensors.get(name)!)) !==
          String(await readTensor(from!.weights.tensors.get(name)!)),
        name,
      ).toBe(changed);
    await using trained = await open(to!.path);
    const validation = events.findLast((event) => event.type === 'validation')!;
    expect((await datasetLoss(trained.session, samples)).loss).toBeCloseTo(validation.loss, 5);
  },
);

test('generation evaluates the padded row again and ends at the recorded length', async () => {
  await using small = await open(model);
  const ids: number[] = [];
  for await (const id of small.streamIds([5, 6, 7], { raw: true, maxNewTokens: 1000 }))
    ids.push(id);
  expect(3 + ids.length).toBe(longest + 1);
  const longer = await writeRecordedFolder(join(root, 'longer'), longest + 9);
  await using other = await open(longer);
  const again: number[] = [];
  for await (const id of other.streamIds([5, 6, 7], { raw: true, maxNewTokens: ids.length }))
    again.push(id);
  expect(again).toEqual(ids); // padding has no effect
  await expect(
    small.streamIds(new Array<number>(longest + 1).fill(5), { raw: true }).next(),
  ).rejects.toThrow(
    new RegExp(
      `graph\\.json: the text has ${longest + 1} tokens, longer than recorded: a row of the ` +
        `graph has ${longest}`,
    ),
  );
});

test(
  'a graph given by name takes the place of a package, and one that does not fit is refused by ' +
    'node',
  async () => {
    const known = await writeModel(join(root, 'known')); // qwen3, which a package implements
    const file = join(root, 'other.json');
    await writeFile(file, recordedGraph(1, 40));
    await expect(open(known, file)).rejects.toThrow(
      'other.json: node 2 (param) in model: the graph states model.embed_tokens.weight[1024,16], ' +
        'the weights hold [1024,32]',
    );
    await using forced = await open(model, file);
    expect(forced.session.model).toMatchObject({
      batch: { rectangle: { rows: 1, columns: 40, source: file } },
    });
    const saved = await forced.savePretrained(join(root, 'saved'));
    expect(await readFile(join(saved.directory, 'graph.json'), 'utf8')).toBe(recordedGraph(1, 40));
    await expect(open(model, join(root, 'absent.json'))).rejects.toMatchObject({
      code: 'missing-file',
      location: join(root, 'absent.json'),
    });
  },
);

test('packing, rows longer than recorded and random weights are refused', async () => {
  await expect(
    collect(
      finetune(recipe('packed', { packed_sequence: { packed_sequence_size: 256 } }), { plugins }),
    ),
  ).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('packed_sequence.packed_sequence_size is 256') as string,
  });
  const short = await writeRecordedFolder(join(root, 'short'), longest - 1);
  await expect(
    collect(
      finetune(recipe('long', { model: { pretrained_model_name_or_path: short } }), { plugins }),
    ),
  ).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringMatching(
      new RegExp(
        `rows\\.jsonl:\\d: this row has ${longest} tokens, longer than recorded: a row of the ` +
          `graph has ${longest - 1}`,
      ),
    ) as string,
  });
  await expect(
    collect(
      finetune(recipe('scratch', { model: { type: 'causal_lm_from_config', config: model } }), {
        plugins,
      }),
    ),
  ).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('does not say how its parameters start') as string,
  });
});

test('without graph.json, the error says that one would help', async () => {
  const bare = join(root, 'bare');
  await cp(model, bare, { recursive: true });
  await rm(join(bare, 'graph.json'));
  await expect(open(bare)).rejects.toMatchObject({
    code: 'unsupported',
    hint: expect.stringContaining('a graph.json in the folder, or --graph FILE') as string,
  });
});

test('a plan of a recorded graph has its sizes and says what fusion recognised', async () => {
  await using run = composeRun(
    checkRecipe(recipe('unplanned')),
    new PluginRegistry({ discovered: [], given: plugins }),
  );
  const planned = await run.plan();
  expect(planned).toMatchObject({
    capacity: { token: 2 * longest, document: 2 },
    microBatches: 4,
    structure: { nodesBefore: expect.any(Number) as number, missed: [] },
  });
});
