// Exporting: what an exporter is given, what is refused before it is called, and the export section
// of a recipe.
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExporterPlugin, ExportRequest } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import lora from '@automodel/peft';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AutoModelForCausalLM,
  exportModel,
  finetune,
  PluginRegistry,
  type Plugin,
  type RunEvent,
} from '@automodel/run';
import { type Recipe } from '@automodel/recipe';
import { plugins, writeModel, writeRows } from './tiny-model.js';

let root: string;
let model: string;
let data: string;
const asked: ExportRequest[] = [];

/** Records its requests. */
const recorder = (refusal?: string): ExporterPlugin => ({
  kind: 'exporter',
  apiVersion: 1,
  name: 'recorder',
  summary: 'remembers',
  types: ['f16'],
  export: (request) => {
    if (refusal !== undefined)
      return Promise.reject(
        new AutomodelError('unsupported', refusal, { hint: 'do something else' }),
      );
    asked.push(request);
    return Promise.resolve({
      path: request.output,
      files: [],
      notes: ['a note'],
      checks: [],
      command: 'serve it',
    });
  },
});
const registry = (...more: readonly Plugin[]): PluginRegistry =>
  new PluginRegistry({ discovered: [], given: [...plugins, lora, ...more] });

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-export-')));
  model = await writeModel(root);
  data = await writeRows(join(root, 'rows.jsonl'), 8);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe = (output: string, more: Partial<Recipe>): Recipe => ({
  model: { pretrained_model_name_or_path: model },
  dataset: { path_or_dataset_id: data },
  step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps: 1 },
  optimizer: { lr: 1e-2 },
  checkpoint: { checkpoint_dir: join(root, output) },
  backend: { threads: 1 },
  ...more,
});

async function run(of: Recipe, ...more: readonly Plugin[]): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of finetune(of, { plugins: registry(...more), workingDirectory: root }))
    events.push(event);
  return events;
}

test('an exporter is given absolute paths and the logits that training computes', async () => {
  const result = await exportModel({
    to: 'recorder',
    model: 'model',
    output: 'out',
    type: 'f16',
    plugins: registry(recorder()),
    backend: { threads: 1 },
    workingDirectory: root,
  });
  expect(result.path).toBe(join(root, 'out'));
  const request = asked.at(-1)!;
  expect(request).toMatchObject({ model, output: join(root, 'out'), type: 'f16' });
  const [short, long] = [
    await request.logits({ model }, [5, 6]),
    await request.logits({ model }, [5, 6, 7]),
  ];
  expect([short.length, long.length]).toEqual([2 * 1024, 3 * 1024]);
  // a token does not see the next one
  expect(long.subarray(0, 2048).every((value, i) => Math.abs(value - short[i]!) < 1e-5)).toBe(true);
  expect(new Set(long).size).toBeGreaterThan(1000);
});

test.each([
  [
    'an exporter of this project that is not installed',
    { to: 'gguf' },
    /^exporting to "gguf" needs a plugin: npm install @automodel\/export-gguf$/,
  ],
  ['an exporter nobody provides', { to: 'onnx' }, /^exporting to "onnx" needs a plugin$/],
  [
    'a type it does not write',
    { to: 'recorder', type: 'q8_0' },
    /^type "q8_0" is not one that recorder writes \(f16\)$/,
  ],
])('is refused: %s', async (_, options, message) => {
  await expect(
    exportModel({ model, output: join(root, 'out'), plugins: registry(recorder()), ...options }),
  ).rejects.toThrow(message);
});

test('a recipe exports what it trained, beside its folder', async () => {
  const events = await run(recipe('full', { export: { to: 'recorder' } }), recorder());
  expect(events.map((event) => event.type).slice(-4)).toEqual([
    'saved',
    'exported',
    'report',
    'done',
  ]);
  expect(asked.at(-1)).toMatchObject({
    model: join(root, 'full'),
    output: join(root, 'full-recorder'),
  });
  expect(asked.at(-1)!.adapter).toBeUndefined();
});

test('a recipe exports the adapter that it trained, with its base', async () => {
  await run(
    recipe('adapter', {
      peft: { type: 'lora', dim: 2 },
      export: { to: 'recorder', output: 'elsewhere', type: 'f16' },
    }),
    recorder(),
  );
  expect(asked.at(-1)).toMatchObject({
    model,
    adapter: join(root, 'adapter'),
    output: join(root, 'elsewhere'),
    type: 'f16',
  });
});

test('an exporter that is not installed ends a run before it begins', async () => {
  await expect(run(recipe('never', { export: { to: 'vllm' } }))).rejects.toThrow(
    /npm install @automodel\/export-vllm/,
  );
  expect(await readdir(root)).not.toContain('never');
});

test('an export that is refused says where the result is', async () => {
  const failure = await run(
    recipe('kept', { export: { to: 'recorder' } }),
    recorder('no such tokenizer'),
  ).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    message: 'export: no such tokenizer',
    hint: `do something else; the trained result is saved in ${join(root, 'kept')}`,
  });
  expect(await readdir(join(root, 'kept'))).toContain('model.safetensors');
});

test(
  'the chat template of a recipe travels with its adapter: chats use it, and so does the ' +
    'merged model',
  async () => {
    const template =
      '{% for m in messages %}[{{ m.role }}]{% generation %}{{ m.content }}<|im_end|>{% ' +
      'endgeneration %}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}';
    await run(
      recipe('own-template', {
        peft: { type: 'lora', dim: 2 },
        dataset: { path_or_dataset_id: data, chat_template: template },
      }),
    );
    const adapter = join(root, 'own-template');
    expect(await readFile(join(adapter, 'chat_template.jinja'), 'utf8')).toBe(template);
    await using adapted = await AutoModelForCausalLM.fromPretrained(model, {
      adapter,
      plugins: registry(),
      backend: { threads: 1 },
    });
    const written = async (of: AutoModelForCausalLM): Promise<string> =>
      (await of.tokenizer()).decode(await of.promptIds('hello'));
    expect(await written(adapted)).toBe('[user]hello<|im_end|>[assistant]');
    await adapted.savePretrained(join(root, 'merged'));
    await using merged = await AutoModelForCausalLM.fromPretrained(join(root, 'merged'), {
      plugins: registry(),
      backend: { threads: 1 },
    });
    expect(await written(merged)).toBe('[user]hello<|im_end|>[assistant]');
  },
);
