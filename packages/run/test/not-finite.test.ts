// Weights that are not numbers end everything that reads them, with the name of the tensor.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HuggingFaceFolder,
  readTensor,
  sourceOfArray,
  sourceOfStored,
  writeSafetensors,
} from '@automodel/checkpoint';
import cpu from '@automodel/cpu-backend';
import gguf from '@automodel/export-gguf';
import vllm from '@automodel/export-vllm';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import {
  AutoModelForCausalLM,
  datasetLoss,
  exportModel,
  PluginRegistry,
  type Plugin,
} from '@automodel/run';
import { afterAll, beforeAll, expect, test } from 'vitest';

const GOLDEN = join(import.meta.dirname, '../../../goldens/models/qwen2');
const BAD = 'model.layers.1.mlp.up_proj.weight';
const plugins: readonly Plugin[] = [cpu, qwen, lora, gguf, vllm];
const says = expect.objectContaining({
  code: 'not-finite',
  message: expect.stringContaining(`tensor ${BAD} holds `) as string,
}) as Error;

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-not-finite-'));
  folder = join(root, 'model');
  await cp(GOLDEN, folder, {
    recursive: true,
    filter: (name) => !name.endsWith('model.safetensors'),
  });
  const { weights } = await HuggingFaceFolder.open(GOLDEN);
  const values = (await readTensor(weights.entry(BAD))) as Float32Array;
  values[5] = Infinity;
  await writeSafetensors(
    join(folder, 'model.safetensors'),
    [...weights.tensors.values()].map((tensor) =>
      tensor.name === BAD
        ? sourceOfArray(BAD, 'f32', tensor.shape, values)
        : sourceOfStored(tensor),
    ),
  );
});
afterAll(() => rm(root, { recursive: true }));

const opened = (adapter?: string): Promise<AutoModelForCausalLM> =>
  AutoModelForCausalLM.fromPretrained(folder, { plugins, adapter, backend: { threads: 1 } });

test.each([0, 0.7])('generation at temperature %s', async (temperature) => {
  await using model = await opened();
  const ids = model.streamIds([3, 4, 5], { raw: true, temperature, maxNewTokens: 3 });
  await expect(ids.next()).rejects.toThrow(says);
});

test('the loss of a data set', async () => {
  await using model = await opened();
  const inputIds = Int32Array.of(3, 4, 5);
  const sample = { inputIds, labels: inputIds, source: { file: 'rows', row: 1 } };
  await expect(datasetLoss(model.session, [sample])).rejects.toThrow(says);
});

test('a merge, although the adapter changes other tensors', async () => {
  await using model = await opened(join(GOLDEN, 'adapter'));
  const directory = join(root, 'merged');
  await expect(model.savePretrained(directory)).rejects.toThrow(says);
  expect(existsSync(directory)).toBe(false);
});

test('an export for vLLM', async () => {
  const output = join(root, 'vllm');
  const registry = new PluginRegistry({ discovered: [], given: plugins });
  await expect(
    exportModel({ to: 'vllm', model: folder, output, plugins: registry }),
  ).rejects.toThrow(says);
  expect(existsSync(output)).toBe(false);
});
