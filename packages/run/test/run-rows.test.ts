// The rows that a run trains on: chosen from files, streamed, or given by the calling program.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { composeRun, finetune, PluginRegistry, type RunEvent } from '@automodel/run';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { plugins, writeDescription } from './tiny-model.js';
import { collect, lossesOf, shortRuns, type TinyRuns } from './tiny-runs.js';

let runs: TinyRuns;
beforeAll(async () => {
  runs = await shortRuns();
});
afterAll(() => runs[Symbol.asyncDispose]());

test('slices and limits choose rows in the order of the file; shuffling comes first', async () => {
  const rowsOf = async (dataset: Partial<Recipe['dataset']>): Promise<number[]> => {
    await using run = composeRun(
      checkRecipe(
        runs.recipe('unused', { dataset: { path_or_dataset_id: runs.data, ...dataset } }),
      ),
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

test('streaming names the settings that it needs', async () => {
  const streamed = (more: Partial<Recipe>): Promise<RunEvent[]> =>
    runs.run(
      runs.recipe('streamed', {
        dataset: { path_or_dataset_id: runs.data, streaming: true, seq_length: 128 },
        ...more,
      }),
    );
  await expect(
    streamed({ step_scheduler: { global_batch_size: 4, local_batch_size: 2, num_epochs: 1 } }),
  ).rejects.toThrow('dataset.streaming needs step_scheduler.max_steps');
  await expect(
    streamed({ dataset: { path_or_dataset_id: runs.data, streaming: true } }),
  ).rejects.toThrow('streaming needs a limit on the tokens of a row');
  await expect(
    streamed({
      dataset: {
        path_or_dataset_id: runs.data,
        streaming: true,
        seq_length: 128,
        limit_dataset_samples: 3,
      },
    }),
  ).rejects.toThrow('limit_dataset_samples: cannot be used with streaming');
  await expect(
    streamed({
      validation_dataset: { path_or_dataset_id: runs.data, streaming: true, seq_length: 128 },
    }),
  ).rejects.toThrow('streaming is for the training data');
});

test('a token that the model does not have is refused with its row', async () => {
  const folder = await writeDescription(join(runs.root, 'small-vocabulary'), { vocab_size: 512 });
  const small = runs.recipe('small', { model: { type: 'causal_lm_from_config', config: folder } });
  await expect(runs.run(small)).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringMatching(
      /rows\.jsonl:1: token .* has id \d+, the model knows 512 ids/,
    ) as string,
  });
});

test('rows of a program train like rows of a file, and exclude a path', async () => {
  const rows = (await readFile(runs.data, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const fromFile = lossesOf(await runs.run(runs.recipe('rows-file')));
  const fromRows = lossesOf(
    await collect(finetune(runs.recipe('rows-given', { dataset: {} }), { plugins, dataset: rows })),
  );
  expect(fromRows).toEqual(fromFile);
  await expect(
    collect(finetune(runs.recipe('rows-both'), { plugins, dataset: rows })),
  ).rejects.toThrow(
    'dataset.path_or_dataset_id and the option dataset both say where the rows are; give one of ' +
      'them',
  );
  await expect(
    collect(
      finetune(checkRecipe(runs.recipe('rows-parsed')), { plugins, validationDataset: rows }),
    ),
  ).rejects.toThrow('a parsed recipe already names its data');
});
