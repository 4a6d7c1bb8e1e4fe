// Going on from a checkpoint: the same losses and the same final weights, bit for bit, as a run
// that was never stopped; and what is refused.
import {
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lora from '@automodel/peft';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AutoModelForCausalLM, finetune, type RunEvent } from '@automodel/run';
import { type Recipe } from '@automodel/recipe';
import { plugins, writeModel, writeRows } from './tiny-model.js';

let root: string;
let models: Readonly<Record<'f32' | 'bf16', string>>;
let data: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-resume-')));
  const f32 = await writeModel(root);
  await using model = await AutoModelForCausalLM.fromConfig(join(root, 'description'), {
    plugins,
    seed: 1,
    backend: { threads: 1 },
  });
  models = {
    f32,
    bf16: (await model.savePretrained(join(root, 'model-bf16'), { dtype: 'bf16' })).directory,
  };
  data = await writeRows(join(root, 'rows.jsonl'), 14);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe = (output: string, more: Partial<Recipe> = {}): Recipe => ({
  model: { pretrained_model_name_or_path: models.f32 },
  dataset: { path_or_dataset_id: data },
  step_scheduler: {
    global_batch_size: 4,
    local_batch_size: 2,
    num_epochs: 2,
    ckpt_every_steps: 2,
    save_checkpoint_every_epoch: false,
  },
  optimizer: { lr: 1e-2 },
  lr_scheduler: { lr_decay_style: 'cosine', lr_warmup_steps: 2 },
  backend: { threads: 1 },
  ...more,
  checkpoint: { checkpoint_dir: join(root, output), ...more.checkpoint },
});

/** All events; with `stopAfter` the run is stopped in that step (from 0). */
async function run(input: Recipe, stopAfter?: number): Promise<RunEvent[]> {
  const stop = new AbortController();
  const events: RunEvent[] = [];
  for await (const event of finetune(input, { plugins: [...plugins, lora], signal: stop.signal })) {
    events.push(event);
    if (event.type === 'step' && event.step === stopAfter) stop.abort();
  }
  return events;
}

const numbers = async (output: string): Promise<unknown[]> =>
  (await readFile(join(root, output, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => {
      const { step, epoch, loss, grad_norm, lr, val_loss } = JSON.parse(line) as Record<
        string,
        unknown
      >;
      return { step, epoch, loss, grad_norm, lr, val_loss };
    });

test.each<[string, () => Partial<Recipe>, string]>([
  [
    'all weights',
    () => ({ validation_dataset: { path_or_dataset_id: data } }),
    'model.safetensors',
  ],
  [
    'all weights of a bf16 folder, packed',
    () => ({
      model: { pretrained_model_name_or_path: models.bf16 },
      packed_sequence: { packed_sequence_size: 128 },
      step_scheduler: {
        global_batch_size: 2,
        local_batch_size: 1,
        max_steps: 7,
        ckpt_every_steps: 2,
      },
    }),
    'model.safetensors',
  ],
  [
    'streamed windows',
    () => ({
      dataset: {
        path_or_dataset_id: data,
        streaming: true,
        shuffle_buffer_size: 5,
        seq_length: 128,
      },
      step_scheduler: {
        global_batch_size: 2,
        local_batch_size: 1,
        max_steps: 9,
        ckpt_every_steps: 2,
      },
    }),
    'model.safetensors',
  ],
  [
    'an adapter with dropout',
    () => ({ peft: { dim: 2, dropout: 0.2, use_dora: true } }),
    'adapter_model.safetensors',
  ],
])('a stopped run of %s goes on as if it had not been stopped', async (name, more, file) => {
  const [whole, parted] = [`whole ${name}`, `parted ${name}`];
  await run(recipe(whole, more()));
  const stopped = await run(recipe(parted, more()), 4);
  expect(stopped.at(-1)).toMatchObject({ type: 'done', reason: 'aborted', steps: 5 });
  const events = await run(recipe(parted, { ...more(), checkpoint: { restore_from: 'latest' } }));
  expect(events.find((event) => event.type === 'resumed')).toMatchObject({
    step: 5,
    numericsChanged: false,
  });
  expect(await readFile(join(root, parted, file))).toEqual(await readFile(join(root, whole, file)));
  expect(await numbers(parted)).toEqual(await numbers(whole));
  const left = (await readdir(join(root, parted))).filter(
    (entry) => !/^(epoch_\d+_step_\d+|LATEST|LOWEST_VAL|metrics\.jsonl|recipe\.yaml)$/.test(entry),
  );
  const expected = (await readdir(join(root, whole))).filter(
    (entry) => !/^(epoch_\d+_step_\d+|LATEST|LOWEST_VAL|metrics\.jsonl|recipe\.yaml)$/.test(entry),
  );
  expect(left.sort()).toEqual(expected.sort());
});

test('steps after the checkpoint stand in the metrics once, when they are done again', async () => {
  await run(recipe('killed'), 4);
  for (const name of ['epoch_1_step_4', 'LATEST'])
    await rm(join(root, 'killed', name), { recursive: true });
  await run(recipe('killed', { checkpoint: { restore_from: 'latest' } }));
  const metrics = (await numbers('killed')) as readonly { readonly step: number }[];
  expect(metrics.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a checkpoint is a model folder beside its training state; links and bounds hold', async () => {
  await run(
    recipe('bounded', {
      validation_dataset: { path_or_dataset_id: data },
      checkpoint: { max_recent_checkpoints: 1 },
    }),
    6,
  );
  const entries = (await readdir(join(root, 'bounded'))).sort();
  expect(entries).toEqual(expect.arrayContaining(['LATEST', 'LOWEST_VAL', 'epoch_1_step_6']));
  expect(await readlink(join(root, 'bounded/LATEST'))).toBe('epoch_1_step_6');
  const lowest = await readlink(join(root, 'bounded/LOWEST_VAL'));
  expect(entries.filter((name) => name.startsWith('epoch'))).toEqual(
    [...new Set([lowest, 'epoch_1_step_6'])].sort(),
  );
  expect((await readdir(join(root, 'bounded/LATEST'))).sort()).toEqual(
    expect.arrayContaining([
      'config.json',
      'config.yaml',
      'losses.json',
      'model.safetensors',
      'tokenizer.json',
      'training_state',
    ]),
  );
  await using model = await AutoModelForCausalLM.fromPretrained(join(root, 'bounded/LATEST'), {
    plugins,
    backend: { threads: 1 },
  });
  expect(model.config['model_type']).toBe('qwen3');
});

test('nothing goes on silently, and not from something else', async () => {
  const refused = async (input: Recipe): Promise<string> =>
    run(input).then(
      () => 'ran',
      (error: Error & { hint?: string }) => `${error.message} (${error.hint ?? ''})`,
    );
  await run(recipe('held'), 4);
  expect(await refused(recipe('held'))).toMatch(
    /already holds checkpoints, the last epoch_1_step_4 \(--resume latest goes on from it/,
  );
  const again = (more: Partial<Recipe>): Recipe =>
    recipe('held', { ...more, checkpoint: { restore_from: 'latest' } });
  expect(await refused(again({ optimizer: { lr: 2e-2 } }))).toContain(
    'optimizer.lr was 0.01 and is 0.02',
  );
  expect(await refused(again({ seed: 1 }))).toContain('seed was 42 and is 1');
  expect(await refused(again({ peft: { dim: 2 } }))).toMatch(/adapter\.\S+ was null and is/);
  expect(await refused(again({ model: { pretrained_model_name_or_path: models.bf16 } }))).toMatch(
    /model was "[0-9a-f]+" and is/,
  );
  expect(
    await refused(
      again({ dataset: { path_or_dataset_id: await writeRows(join(root, 'other.jsonl'), 13) } }),
    ),
  ).toContain('the data has changed');
  expect(await refused(recipe('held', { checkpoint: { restore_from: 'best' } }))).toMatch(
    /no checkpoint was saved after a validation/,
  );
  expect(await refused(recipe('held', { checkpoint: { restore_from: 'epoch_9_step_9' } }))).toMatch(
    /no such checkpoint/,
  );
  expect(await refused(recipe('held', { checkpoint: { restore_from: 'epoch_0_step_1' } }))).toMatch(
    /holds checkpoints after the one to resume \(epoch_0_step_3, epoch_1_step_4\)/,
  );
  expect(await refused(recipe('nowhere', { checkpoint: { restore_from: 'latest' } }))).toMatch(
    /holds no checkpoint to resume from/,
  );
  expect(await refused(recipe('nowhere', { checkpoint: { restore_from: models.f32 } }))).toMatch(
    /no training_state\/state.json/,
  );
});

test('streamed data, quantised weights and dropout of another kind are told apart too', async () => {
  const refused = async (input: Recipe): Promise<string> =>
    run(input).then(
      () => 'ran',
      (error: Error) => error.message,
    );
  const streamed = (path: string, more: object = {}): Partial<Recipe> => ({
    dataset: { path_or_dataset_id: path, streaming: true, seq_length: 128, ...more },
    step_scheduler: { global_batch_size: 2, local_batch_size: 1, max_steps: 6 },
  });
  const rows = await readFile(data, 'utf8');
  const other = join(root, 'same-size.jsonl');
  const at = rows.lastIndexOf('"}') - 2; // a letter of the last row
  await writeFile(
    other,
    `${rows.slice(0, at)}${rows[at] === 'x' ? 'y' : 'x'}${rows.slice(at + 1)}`,
  );
  await run(recipe('streamed', streamed(data)), 2);
  const again = { checkpoint: { restore_from: 'latest' } };
  expect(await refused(recipe('streamed', { ...streamed(other), ...again }))).toMatch(
    /dataset\.files was "[0-9a-f]+" and is/,
  );
  expect(
    await refused(
      recipe('streamed', {
        ...streamed(data, {
          chat_template:
            '{% for m in messages %}{{ m.content }}{% generation %}{{ eos_token }}{% ' +
            'endgeneration %}{% endfor %}',
        }),
        ...again,
      }),
    ),
  ).toMatch(/dataset\.samples was "[0-9a-f]+" and is/);
  const adapter = { peft: { dim: 2, dropout: 0.1 } };
  await run(recipe('adapter', adapter), 2);
  expect(
    await refused(
      recipe('adapter', { ...adapter, quantization: { load_in_8bit: true }, ...again }),
    ),
  ).toContain('quantization was null and is "int8"');
  expect(
    await refused(
      recipe('adapter', { peft: { ...adapter.peft, dropout_position: 'pre' }, ...again }),
    ),
  ).toContain('peft.dropout_position was null and is "pre"');
});

test('what is broken is named, and nothing is lost', async () => {
  const refused = async (output: string): Promise<string> =>
    run(recipe(output, { checkpoint: { restore_from: 'latest' } })).then(
      () => 'ran',
      (error: Error) => error.message,
    );
  await run(recipe('broken'), 4);
  const state = join(root, 'broken/epoch_1_step_4/training_state');
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
  await rm(join(root, 'broken/LATEST'));
  await symlink('epoch_7_step_70', join(root, 'broken/LATEST'), 'dir');
  await rename(join(root, 'broken/epoch_1_step_4'), join(root, 'aside'));
  for (const name of await readdir(join(root, 'broken')))
    if (name.startsWith('epoch')) await rm(join(root, 'broken', name), { recursive: true });
  expect(await refused('broken')).toMatch(/points to epoch_7_step_70, which is not there/);
  expect(
    await run(recipe('elsewhere', { checkpoint: { restore_from: join(root, 'aside') } })).then(
      (events) => events.at(-1),
    ),
  ).toMatchObject({ type: 'done', reason: 'finished', steps: 3 });
});
