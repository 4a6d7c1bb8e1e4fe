// What `check` finds before training: nothing if all is well, and each mistake by the check that
// looks for it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkedRuns, findings, modelWith, problems } from './check-findings.js';
import { checkRecipe } from '@automodel/recipe';
import { composeRun, PluginRegistry } from '@automodel/run';
import { plugins, writeRows } from './tiny-model.js';
import { collect, type TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await checkedRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

describe('a run', () => {
  test('that can start is described and nothing is written', async () => {
    const all = await findings(
      runs.recipe('output', {
        validation_dataset: {
          path_or_dataset_id: await writeRows(join(runs.root, 'other.jsonl'), 3),
        },
      }),
    );
    expect(all.filter(({ level }) => level === 'error')).toEqual([]);
    expect(all.map(({ check }) => check).filter((name, i, names) => name !== names[i - 1])).toEqual(
      ['recipe', 'output', 'model', 'tokenizer', 'data', 'labels', 'memory', 'disk'],
    );
    expect(all.find(({ check }) => check === 'labels')?.message).toBe(
      'answers end with "<|im_end|>", which is trained and stops generation',
    );
    await expect(readFile(join(runs.root, 'output'))).rejects.toThrow('ENOENT');
  });

  test('reports each mistake once, and goes on to others', async () => {
    const broken = await modelWith(runs, 'narrow', 'config.json', (text) =>
      text.replace('"hidden_size": 32', '"hidden_size": 48'),
    );
    await mkdir(join(runs.root, 'used'), { recursive: true });
    await writeFile(join(runs.root, 'used/notes.txt'), 'mine');
    const found = await problems(
      runs.recipe('output', {
        model: { pretrained_model_name_or_path: broken },
        checkpoint: { checkpoint_dir: join(runs.root, 'used') },
      }),
    );
    expect(found).toHaveLength(2);
    expect(found[0]).toContain('output error');
    expect(found[1]).toMatch(/^model error: .*has shape .* config\.json asks for/);
  });

  test('reports what is wrong with model, data, questions and output in one go', async () => {
    await mkdir(join(runs.root, 'taken'), { recursive: true });
    await writeFile(join(runs.root, 'taken/notes.txt'), 'mine');
    await writeFile(join(runs.root, 'wrong.jsonl'), '{"prompt": 1, "completion": "a"}\n');
    const found = await problems(
      runs.recipe('output', {
        model: { pretrained_model_name_or_path: './no-such-model' },
        dataset: { path_or_dataset_id: join(runs.root, 'wrong.jsonl') },
        validation_dataset: { path_or_dataset_id: join(runs.root, 'no-such.jsonl') },
        evaluation: { dataset: { path_or_dataset_id: runs.model } },
        checkpoint: { checkpoint_dir: join(runs.root, 'taken') },
      }),
    );
    expect(found.map((line) => line.replace(/: .*(?=: )/, ''))).toEqual([
      expect.stringMatching(/^output error: the output folder is not empty/) as string,
      expect.stringMatching(/^model error: model folder .* does not exist/) as string,
      expect.stringMatching(/^data error: "prompt" must be a text/) as string,
      'data error: no such data file',
      'evaluation error: this is the folder of a model, not data',
    ]);
  });

  test('names data sets that fail after the first one, too', async () => {
    const found = await problems(
      runs.recipe('output', {
        dataset: { path_or_dataset_id: join(runs.root, 'gone.jsonl') },
        validation_dataset: { path_or_dataset_id: join(runs.root, 'gone-too.jsonl') },
      }),
    );
    expect(found).toEqual([
      expect.stringContaining('gone.jsonl: no such data file') as string,
      expect.stringContaining('gone-too.jsonl: no such data file') as string,
    ]);
  });

  test('that takes data for a model says so', async () => {
    const found = await problems(
      runs.recipe('output', { model: { pretrained_model_name_or_path: runs.data } }),
    );
    expect(found[0]).toMatch(/^model error: .*this is a data file, not the folder of a model$/);
  });

  test('that needs more memory than there is reports how much, and does not start', async () => {
    const recipe = runs.recipe('output', {
      step_scheduler: { global_batch_size: 2 ** 20, local_batch_size: 2 ** 20 },
    });
    const sentence = /^the plan takes [\d.]+ [GT]iB at its peak, [\d.]+ GiB are available/;
    const [found, ...others] = (await findings(recipe)).filter(({ level }) => level === 'error');
    expect(others).toEqual([]);
    expect(found).toMatchObject({ check: 'memory', message: expect.stringMatching(sentence) });
    {
      await using run = composeRun(
        checkRecipe(recipe),
        new PluginRegistry({ discovered: [], given: plugins }),
      );
      await expect(collect(run.events())).rejects.toMatchObject({
        code: 'out-of-memory',
        message: expect.stringMatching(sentence),
        hint: found?.hint,
      });
    }
    await expect(readFile(join(runs.root, 'output'))).rejects.toThrow('ENOENT');
  });
});
