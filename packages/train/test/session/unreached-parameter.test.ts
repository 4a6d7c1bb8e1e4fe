// A parameter of a recorded graph that decides without being differentiated (a router's selection bias) is not trained, and its gradient reads as zeros.
import { join } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import cpu from '@automodel/cpu-backend';
import { openRecordedModel } from '@automodel/graph-import';
import { expect, test } from 'vitest';
import { adamw, ModelSession, TrainingStep } from '../../src/index.js';

const FOLDER = join(import.meta.dirname, '../../../../goldens/recorded/deepseek_v3');
const BIAS = 'model.layers.1.mlp.gate.e_score_correction_bias';

test('the gradient of a parameter that no gradient reaches is zero', async () => {
  const { config, weights, path } = await HuggingFaceFolder.open(FOLDER);
  const model = await openRecordedModel(join(FOLDER, 'graph.json'), { config, tensors: weights.tensors });
  const backend = cpu.create({ threads: 1 });
  const session = await ModelSession.load({ backend, model, precision: 'f32', trainable: () => true }, weights.tensors, path);
  try {
    const step = new TrainingStep(session, { optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }), maxNorm: 1 });
    expect(session.parameters.get(BIAS).trained).toBe(false);
    expect(await step.gradient(BIAS)).toEqual(new Float32Array(4));
  } finally {
    await session.close();
    await backend.close();
  }
});
