// What `check` finds out before training: nothing where all is well, and each mistake by the check
// that looks for it.
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkNemoRecipes, composeRun, PluginRegistry, type Finding } from '@automodel/run';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { plugins, writeModel, writeRows } from './tiny-model.js';

let root: string;
let model: string;
let data: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-check-')));
  model = await writeModel(root);
  data = await writeRows(join(root, 'rows.jsonl'), 20);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe = (more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: model },
  dataset: { path_or_dataset_id: data },
  step_scheduler: { global_batch_size: 4, num_epochs: 1 },
  optimizer: { lr: 1e-2 },
  checkpoint: { checkpoint_dir: join(root, 'output') },
  backend: { threads: 1 },
  ...more,
});

async function findings(written: Recipe): Promise<Finding[]> {
  await using run = composeRun(
    checkRecipe(written),
    new PluginRegistry({ discovered: [], given: plugins }),
  );
  const all: Finding[] = [];
  for await (const finding of run.check()) all.push(finding);
  return all;
}

const problems = async (written: Recipe): Promise<string[]> =>
  (await findings(written))
    .filter(({ level }) => level === 'error' || level === 'warning')
    .map(({ check, level, message }) => `${check} ${level}: ${message}`);

/** A copy of the model with one file changed. */
async function modelWith(
  name: string,
  file: string,
  change: (text: string) => string,
): Promise<string> {
  const folder = join(root, name);
  await cp(model, folder, { recursive: true });
  await writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')));
  return folder;
}

async function rows(name: string, lines: readonly unknown[]): Promise<string> {
  const file = join(root, `${name}.jsonl`);
  await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  return file;
}

describe('a run', () => {
  test('that can start is described and nothing is written', async () => {
    const all = await findings(
      recipe({
        validation_dataset: { path_or_dataset_id: await writeRows(join(root, 'other.jsonl'), 3) },
      }),
    );
    expect(all.filter(({ level }) => level === 'error')).toEqual([]);
    expect(all.map(({ check }) => check).filter((name, i, names) => name !== names[i - 1])).toEqual(
      ['recipe', 'output', 'model', 'tokenizer', 'data', 'labels', 'memory', 'disk'],
    );
    expect(all.find(({ check }) => check === 'labels')?.message).toBe(
      'answers end with "<|im_end|>", which is trained and stops generation',
    );
    await expect(readFile(join(root, 'output'))).rejects.toThrow('ENOENT');
  });

  test('says each mistake once, and goes on to others', async () => {
    const broken = await modelWith('narrow', 'config.json', (text) =>
      text.replace('"hidden_size": 32', '"hidden_size": 48'),
    );
    await mkdir(join(root, 'used'), { recursive: true });
    await writeFile(join(root, 'used/notes.txt'), 'mine');
    const found = await problems(
      recipe({
        model: { pretrained_model_name_or_path: broken },
        checkpoint: { checkpoint_dir: join(root, 'used') },
      }),
    );
    expect(found).toHaveLength(2);
    expect(found[0]).toContain('output error');
    expect(found[1]).toMatch(/^model error: .*has shape .* config\.json asks for/);
  });

  test('that validates on its training rows or repeats them is warned of', async () => {
    const twice = await rows(
      'twice',
      [1, 1, 2].map((n) => ({ prompt: `say ${n}`, completion: String(n) })),
    );
    expect(
      await problems(
        recipe({
          dataset: { path_or_dataset_id: twice },
          validation_dataset: { path_or_dataset_id: twice },
        }),
      ),
    ).toEqual([
      'data warning: train: 1 of 3 samples are repetitions of others',
      expect.stringContaining(
        'data warning: 3 of 3 validation samples are also in the training set',
      ) as string,
    ]);
  });

  test('with rows that are cut is warned that nothing trained ends a turn', async () => {
    const long = await rows(
      'long',
      [1, 2].map((n) => ({
        prompt: `${n}`,
        completion: 'set a timer for ten minutes '.repeat(10),
      })),
    );
    const found = await problems(
      recipe({ dataset: { path_or_dataset_id: long, seq_length: 30, truncation: true } }),
    );
    expect(found[0]).toContain('data warning: train: 2 truncated');
    expect(found[1]).toContain('labels error: no sample trains a token that ends a turn');
  });

  test('with mapped columns is warned that they end without eos, as in NeMo, until it is appended', async () => {
    const mapped = {
      type: 'column_mapped' as const,
      path_or_dataset_id: await rows(
        'mapped',
        [1, 2].map((n) => ({ q: `say ${n}`, a: `number ${n}` })),
      ),
      column_mapping: { question: 'q', answer: 'a' },
    };
    expect(await problems(recipe({ dataset: mapped }))).toEqual([
      expect.stringContaining(
        'labels warning: no sample trains a token that ends a turn',
      ) as string,
    ]);
    expect(await problems(recipe({ dataset: { ...mapped, append_eos: true } }))).toEqual([]);
  });

  test('with empty answers is warned of the first of them', async () => {
    const empty = await rows('empty', [
      { prompt: 'a', completion: 'b' },
      { prompt: 'c', completion: '' },
    ]);
    expect(
      (await findings(recipe({ dataset: { path_or_dataset_id: empty } }))).find(
        ({ check, level }) => check === 'labels' && level === 'warning',
      ),
    ).toMatchObject({
      message: '1 of 2 samples have an empty answer: they train the model to say nothing',
      location: `${empty}:2`,
    });
  });

  test('that packs loosely is told of tighter packing, and how full packs are', async () => {
    const loose = await rows(
      'loose',
      Array.from({ length: 12 }, (_, n) => ({
        prompt: `${n}`,
        completion: 'set a timer '.repeat(n % 2 === 0 ? 8 : 1),
      })),
    );
    const packed = (packing_strategy: 'thd' | 'neat'): Recipe =>
      recipe({
        dataset: { path_or_dataset_id: loose },
        packed_sequence: { packed_sequence_size: 64, packing_strategy },
      });
    expect((await problems(packed('thd')))[0]).toMatch(
      /^data warning: [5-8]\d\.\d % of the places in packs hold tokens$/,
    );
    expect(
      (await findings(packed('neat'))).some(
        ({ level, message }) =>
          level === 'ok' && message.includes('of the places in packs hold tokens'),
      ),
    ).toBe(true);
  });

  test.each([
    ['a word', '[end]', 'labels error: no sample trains a token that ends a turn'],
    [
      'a token that stops nothing',
      '<|im_start|>',
      'labels warning: answers end with "<|im_start|>", and generation does not stop there',
    ],
  ])('whose template ends turns with %s is warned of', async (name, end, message) => {
    const other = await modelWith(name, 'chat_template.jinja', (text) =>
      text.replaceAll('<|im_end|>', end),
    );
    expect(
      (await problems(recipe({ model: { pretrained_model_name_or_path: other } })))[0],
    ).toContain(message);
  });

  test('with two bos tokens at the start of a row is refused', async () => {
    const bos = await modelWith('bos', 'tokenizer_config.json', (text) =>
      JSON.stringify({ ...(JSON.parse(text) as object), bos_token: '<|im_start|>' }),
    );
    const file = await rows('bos', [{ text: '<|im_start|><|im_start|>hello' }]);
    expect(
      (
        await problems(
          recipe({
            model: { pretrained_model_name_or_path: bos },
            dataset: { path_or_dataset_id: file },
          }),
        )
      )[0],
    ).toBe('labels error: the row starts with two bos tokens');
  });

  test('that needs more memory than there is says how much', async () => {
    const found = await problems(
      recipe({ step_scheduler: { global_batch_size: 2 ** 20, local_batch_size: 2 ** 20 } }),
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^memory error: the plan takes [\d.]+ [GT]iB at its peak, [\d.]+ GiB are available/,
      ) as string,
    ]);
  });
});

describe('recipes of NeMo', () => {
  test('run with every key honoured or named, or are refused by the first missing feature', async () => {
    const folder = join(root, 'nemo');
    await mkdir(folder);
    const text =
      `model: {_target_: nemo_automodel.NeMoAutoModelForCausalLM.from_pretrained, ` +
      `pretrained_model_name_or_path: org/m}\ndist_env: {backend: nccl}\ndataset: {_target_: ` +
      `nemo_automodel.components.datasets.llm.chat_dataset.ChatDataset, path_or_dataset_id: ` +
      `a.jsonl}\noptimizer: {_target_: torch.optim.Adam, lr: 1e-5, weight_decay: 0.01}\n`;
    await writeFile(join(folder, 'a.yaml'), text);
    await writeFile(join(folder, 'b.yaml'), `${text}fp8: {enabled: true}\n`);
    expect(await checkNemoRecipes([folder], { workingDirectory: folder })).toEqual([
      {
        file: 'a.yaml',
        verdict: 'runs',
        reason: undefined,
        model: 'org/m',
        keys: 8,
        notes: [{ key: 'dist_env.backend', because: expect.any(String) as string }],
      },
      {
        file: 'b.yaml',
        verdict: 'refused',
        reason: expect.stringMatching(/^line 5:1: fp8 is not supported/) as string,
        model: undefined,
        keys: 9,
        notes: [],
      },
    ]);
    await expect(checkNemoRecipes([join(root, 'nowhere')])).rejects.toThrow(
      'neither a recipe nor a folder of recipes',
    );
  });
});
