// Runs that are stopped or killed at awkward moments: nothing that was trained is lost, and what is
// left behind is started over, completed or removed.
import { mkdir, readFile, readlink, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RunEvent } from '@automodel/run';
import { type Recipe } from '@automodel/recipe';
import { ownIdentity } from '../src/folder/process-identity.js';
import { data, filesOf, recipe, refusal, root, run } from './stopped-runs.js';

test('a run that is stopped in its last step saves its result, and is asked later', async () => {
  const events = await run(
    recipe('last', {
      evaluation: {
        dataset: { path_or_dataset_id: data, limit_dataset_samples: 2 },
        before_training: false,
        max_new_tokens: 4,
      },
    }),
    (event) => event.type === 'step' && event.step === 2,
  );
  expect(events.map(({ type }) => type).slice(-3)).toEqual(['saved', 'report', 'done']);
  expect(events.some(({ type }) => type.startsWith('evaluation'))).toBe(false);
  expect(events.at(-1)).toMatchObject({ reason: 'aborted', steps: 3 });
  expect(await filesOf('last')).toContain('config.json');
});

test(
  'stopped while it answers before training, a run has trained nothing and starts over in the ' +
    'same folder',
  async () => {
    const questions = {
      evaluation: {
        dataset: { path_or_dataset_id: data, limit_dataset_samples: 2 },
        num_samples: 1,
        max_new_tokens: 4,
        after_training: false,
      },
    };
    const stopped = await run(
      recipe('early', questions),
      (event) => event.type === 'evaluation-progress',
    );
    expect(stopped.at(-1)).toMatchObject({ type: 'done', reason: 'aborted', steps: 0 });
    expect(await filesOf('early')).toEqual([
      'metrics.jsonl',
      'recipe.yaml',
      'report.html',
      'report.json',
    ]);
    expect(await refusal(recipe('early', { checkpoint: { restore_from: 'latest' } }))).toMatch(
      /holds no checkpoint to resume from \(.*start the run without --resume/,
    );
    await mkdir(join(root, 'early/.saving.tmp-12-ab'));
    const again = await run(recipe('early'));
    expect(again.find(({ type }) => type === 'model')).toMatchObject({
      notes: [expect.stringContaining('it is started over')],
    });
    expect(again.at(-1)).toMatchObject({ type: 'done', reason: 'finished' });
    expect(
      (await readFile(join(root, 'early/metrics.jsonl'), 'utf8')).trim().split('\n'),
    ).toHaveLength(3);
    expect(await filesOf('early')).not.toContain('.saving.tmp-12-ab');
  },
);

test('a folder with anything else in it is left alone', async () => {
  await mkdir(join(root, 'notes'));
  await writeFile(join(root, 'notes/recipe.yaml'), 'mine');
  expect(await refusal(recipe('notes'))).toMatch(/the output folder is not empty \(recipe.yaml\)/);
  await writeFile(join(root, 'notes/metrics.jsonl'), '');
  await writeFile(join(root, 'notes/thesis.txt'), 'mine');
  expect(await refusal(recipe('notes'))).toMatch(/the output folder is not empty/);
  expect(await readFile(join(root, 'notes/recipe.yaml'), 'utf8')).toBe('mine');
});

test('a validation that is stopped is left out, and what was trained is saved', async () => {
  const sets = {
    validation_dataset_one: { path_or_dataset_id: data },
    validation_dataset_two: { path_or_dataset_id: data },
    step_scheduler: { global_batch_size: 4, local_batch_size: 2, num_epochs: 2 },
  };
  const events = await run(recipe('validating', sets), (event) => event.type === 'validation');
  expect(events.filter(({ type }) => type === 'validation')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'aborted', steps: 3 });
  expect(
    JSON.parse(await readFile(join(root, 'validating/LATEST/losses.json'), 'utf8')),
  ).toMatchObject({ val_loss: { one: expect.any(Number) as number } });
});

test.each<[string, (event: RunEvent) => boolean, readonly string[]]>([
  ['between two validations', (event) => event.type === 'validation', ['two']],
  ['before its validations', (event) => event.type === 'step' && event.step === 2, ['one', 'two']],
])(
  'a run that is stopped %s makes up for what is left when it goes on, and the best checkpoint ' +
    'is the same',
  async (name, stops, left) => {
    const [whole, parted] = [`whole ${name}`, `parted ${name}`];
    const settings = (restore_from?: string): Partial<Recipe> => ({
      validation_dataset_one: { path_or_dataset_id: data },
      validation_dataset_two: { path_or_dataset_id: data },
      step_scheduler: { global_batch_size: 4, local_batch_size: 2, num_epochs: 2 },
      checkpoint: {
        best_metric_key: 'two',
        max_recent_checkpoints: 9,
        ...(restore_from === undefined ? {} : { restore_from }),
      },
    });
    const losses = async (output: string): Promise<unknown[]> =>
      (await readFile(join(root, output, 'metrics.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => {
          const { step, loss, val_loss, val_name } = JSON.parse(line) as Record<string, unknown>;
          return { step, loss, val_loss, val_name };
        });
    await run(recipe(whole, settings()));
    await run(recipe(parted, settings()), stops);
    const events = await run(recipe(parted, settings('latest')));
    expect(
      events.flatMap((event) =>
        event.type === 'validation' && event.step === 2 ? [event.name] : [],
      ),
    ).toEqual(left);
    expect(await losses(parted)).toEqual(await losses(whole));
    expect(await readlink(join(root, whole, 'LOWEST_VAL'))).toBe('epoch_0_step_2');
    expect(await readlink(join(root, parted, 'LOWEST_VAL'))).toBe('epoch_0_step_2');
  },
);

test('a result that was being moved in when the process was killed is completed', async () => {
  await run(recipe('moving'));
  const folder = join(root, 'moving');
  const [config, weights] = [
    await readFile(join(folder, 'config.json')),
    await readFile(join(folder, 'model.safetensors')),
  ];
  await mkdir(join(folder, '.saving'));
  await rename(join(folder, 'config.json'), join(folder, '.saving/config.json'));
  await writeFile(
    join(folder, '.saving/.automodel.json'),
    JSON.stringify({ files: ['config.json', 'model.safetensors'] }),
  );
  expect(await refusal(recipe('moving', { checkpoint: { restore_from: 'latest' } }))).toMatch(
    /the run is finished: its result is here/,
  );
  expect(await readFile(join(folder, 'config.json'))).toEqual(config);
  expect(await readFile(join(folder, 'model.safetensors'))).toEqual(weights);
  expect(await filesOf('moving')).not.toContain('.saving');
  await mkdir(join(folder, '.saving')); // killed while the empty folder was removed
  await writeFile(
    join(folder, '.lock-9.json'),
    JSON.stringify({ ...(await ownIdentity()), number: 9, token: 'its', pid: 2 ** 30 }),
  );
  expect(await refusal(recipe('moving', { checkpoint: { restore_from: 'latest' } }))).toMatch(
    /the run is finished/,
  );
  expect((await filesOf('moving')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a checkpoint with no step left is refused with that reason', async () => {
  await run(recipe('beyond'), (event) => event.type === 'step' && event.step === 1);
  const shorter = {
    step_scheduler: { global_batch_size: 4, local_batch_size: 2, num_epochs: 1, max_steps: 2 },
    checkpoint: { restore_from: 'latest' },
  };
  expect(await refusal(recipe('beyond', shorter))).toMatch(
    /the checkpoint was saved after 2 steps, and the recipe ends after 2: nothing is left to train/,
  );
});
