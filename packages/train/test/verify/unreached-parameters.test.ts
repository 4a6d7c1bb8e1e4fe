// References may contain zeros for tensors that no gradient reaches: parameters of a recorded graph
// that decide without being differentiated (a router's selection bias), and stored tensors that the
// graph does not read (cross-attention of a decoder that runs alone).
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HuggingFaceFolder,
  openSafetensors,
  readTensor,
  sourceOfArray,
  writeSafetensors,
} from '@automodel/checkpoint';
import cpu from '@automodel/cpu-backend';
import { openRecordedModel } from '@automodel/recorded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyReference } from '../../src/index.js';

const GOLDEN = join(import.meta.dirname, '../../../../goldens/recorded/deepseek_v3');
const BIAS = 'model.layers.1.mlp.gate.e_score_correction_bias';
const UNREAD = 'model.layers.0.encoder_attn.k_proj.bias';
const REACHED = 'grad.model.norm.weight';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'automodel-unreached-'));
  for (const name of ['config.json', 'graph.json'])
    await cp(join(GOLDEN, name), join(folder, name));
  const weights = await Promise.all(
    (await openSafetensors(join(GOLDEN, 'model.safetensors'))).tensors.map(async (tensor) =>
      sourceOfArray(tensor.name, 'f32', tensor.shape, (await readTensor(tensor)) as Float32Array),
    ),
  );
  await writeSafetensors(join(folder, 'model.safetensors'), [
    ...weights,
    sourceOfArray(UNREAD, 'f32', [3], new Float32Array(3)),
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['zeros agree', 0, 'agrees'],
  ['anything else differs', 0.5, 'differs'],
])('where no gradient reaches, %s', async (_, value, status) => {
  const reference = join(folder, `${status}.safetensors`);
  const golden = await openSafetensors(join(GOLDEN, 'golden.safetensors'));
  const batch = await Promise.all(
    golden.tensors
      .filter(({ name }) => ['input_ids', 'attention_mask', 'labels', REACHED].includes(name))
      .map(async (tensor) =>
        sourceOfArray(
          tensor.name,
          tensor.name === REACHED ? 'f32' : 'i64',
          tensor.shape,
          (await readTensor(tensor)) as Float32Array,
        ),
      ),
  );
  await writeSafetensors(reference, [
    ...batch,
    sourceOfArray(`grad.${BIAS}`, 'f32', [4], new Float32Array(4).fill(value)),
    sourceOfArray(`grad.${UNREAD}`, 'f32', [3], new Float32Array(3).fill(value)),
  ]);
  const { config, weights } = await HuggingFaceFolder.open(folder);
  const model = await openRecordedModel(join(folder, 'graph.json'), {
    config,
    tensors: weights.tensors,
  });
  const backend = cpu.create({ threads: 1 });
  try {
    const { checks } = await verifyReference(folder, reference, {
      backend,
      createModel: () => model,
    });
    expect(checks.map((check) => [check.name, check.status])).toEqual([
      [`grad.${UNREAD}`, status],
      [`grad.${BIAS}`, status],
      [REACHED, 'agrees'],
    ]);
  } finally {
    await backend.close();
  }
});
