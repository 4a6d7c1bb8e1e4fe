// Holds the op to its own definition, then trains a model whose MLP uses it. No backend has a
// kernel of that name: it runs as the ops it is made of.
import type { LanguageModel, ParameterScope } from '@automodel/contracts';
import { add, type Tensor } from '@automodel/core';
import cpu from '@automodel/cpu-backend';
import { BatchLoader } from '@automodel/data';
import { runOnBackend } from '@automodel/recorded';
import {
  ConfigReader,
  decoder,
  rmsNorm,
  ropeParameters,
  selfAttention,
  type Block,
} from '@automodel/nn';
import { opConformance } from '@automodel/testing';
import { adamw, TrainingStep } from '@automodel/train';
import { ModelSession } from '@automodel/session';
import { squaredRelu, squaredReluOp } from './squared-relu.js';

const backend = cpu.create({});
const checks = opConformance([squaredReluOp], { runGraph: runOnBackend(backend) });
for (const check of checks) await check.run();
console.log(`${checks.length} checks of ${squaredReluOp.name} hold`);

const mlp = (scope: ParameterScope, x: Tensor): Tensor =>
  scope.linear('down_proj', squaredRelu(scope.linear('up_proj', x, 64, false)), x.shape[1]!, false);
const norm = rmsNorm(1e-6);
const attention = {
  heads: 2,
  keyValueHeads: 2,
  headWidth: 8,
  scale: 8 ** -0.5,
  softcap: 0,
  window: 0,
  bias: false,
  outputBias: false,
  queryKeyNorm: undefined,
};

const block: Block = (scope, hidden, context) => {
  const attended = add(
    hidden,
    scope.within('self_attn', (inner) =>
      selfAttention(inner, norm(scope, 'input_layernorm', hidden), attention, context),
    ),
  );
  return add(
    attended,
    scope.within('mlp', (inner) => mlp(inner, norm(scope, 'post_attention_layernorm', attended))),
  );
};

const rope = ropeParameters(new ConfigReader({ max_position_embeddings: 32 }), 8, 'full_attention');
const model: LanguageModel = decoder({
  modelType: 'squared',
  vocabularySize: 16,
  hiddenSize: 16,
  layers: 2,
  maxPositions: rope.maxPositions,
  initializerRange: 0.1,
  embeddingScale: 1,
  layer: () => ({ block, rope, keyValue: { heads: 2, width: 8, window: 0 } }),
  norm,
  head: { tied: true, softcap: 0 },
});

const rows = Array.from({ length: 8 }, (_, row) =>
  Int32Array.from({ length: 12 }, (_, i) => (row + 3 * i) % 16),
); // each id is the one before plus three
const loader = new BatchLoader({
  samples: rows.map((ids, row) => ({
    inputIds: ids,
    labels: ids,
    source: { file: 'made up', row },
  })),
  globalBatchSize: 8,
  localBatchSize: 8,
});
{
  await using session = ModelSession.initialize(
    { backend, model, precision: 'f32', trainable: () => true },
    1,
  );
  const training = new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.95], eps: 1e-8 }),
    maxNorm: 1,
  });
  for (let step = 1; step <= 60; step++) {
    const batch = loader.next();
    await training.micro(batch.microBatch(0), { scale: 1 / batch.trainedTokens, first: true });
    const { loss } = await training.update(step, 1e-2, 0);
    if (step % 20 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}`);
  }
}
await backend.close();
