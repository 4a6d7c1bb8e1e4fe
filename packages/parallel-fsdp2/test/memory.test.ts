// What a rank holds, from plans alone: its share of weights, gradients and optimizer states,
// padding included, for any number of ranks; and a model of 70 billion parameters over 1,024.
import type { LanguageModel } from '@automodel/contracts';
import { sizeOf } from '@automodel/core';
import llama from '@automodel/models-llama';
import { parameterRecords } from '@automodel/session';
import { simulatedRanks } from '@automodel/testing';
import { adamw, planRun, type PlanReport } from '@automodel/train';
import { expect, test } from 'vitest';
import fsdp2 from '../src/index.js';

const modelOf = (sizes: Readonly<Record<string, number>>): LanguageModel =>
  llama.create({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: false,
    hidden_act: 'silu',
    ...sizes,
  });

async function planned(
  model: LanguageModel,
  ranks: number,
  options: { readonly tokens: number; readonly arenaBudgetBytes?: number },
): Promise<PlanReport> {
  const [rank] = simulatedRanks([{ name: 'dp_shard', size: ranks }]);
  const { backend, host } = rank!;
  const { interceptor, passes } = await fsdp2.create({}, { host });
  const { report } = await planRun({
    backend,
    model,
    precision: 'bf16',
    trainable: () => true,
    storedDType: () => 'bf16',
    interceptors: [interceptor!],
    slots: passes,
    training: { optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }), maxNorm: 1 },
    capacity: { token: options.tokens, document: 1 },
    arenaBudgetBytes: options.arenaBudgetBytes,
  });
  return report;
}

/** Bytes of f32 masters on each rank: rows of the first dimension are padded to equal pieces. */
const share = (model: LanguageModel, ranks: number): number =>
  parameterRecords(model, []).reduce(
    (sum, { shape: [rows = 1, ...row] }) => sum + 4 * Math.ceil(rows / ranks) * sizeOf(row),
    0,
  );

test.each([2, 8, 64, 1024])(
  '%i ranks hold equal shares of everything that stays',
  async (ranks) => {
    const model = modelOf({
      vocab_size: 1000,
      hidden_size: 96,
      intermediate_size: 200,
      num_hidden_layers: 3,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 24,
      max_position_embeddings: 64,
    });
    const { memory } = await planned(model, ranks, { tokens: 16 });
    const bytes = share(model, ranks);
    expect(memory.parameters).toBe(bytes);
    expect(memory.gradients).toBe(bytes);
    expect(memory.optimizer).toBe(2 * bytes);
  },
);

test('70 billion parameters over 1,024 ranks fit 20 GB of transient memory', async () => {
  const model = modelOf({
    vocab_size: 32000,
    hidden_size: 8192,
    intermediate_size: 28672,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    num_key_value_heads: 8,
    head_dim: 128,
    max_position_embeddings: 4096,
  });
  const { memory } = await planned(model, 1024, { tokens: 4096, arenaBudgetBytes: 20e9 });
  expect(memory.activations + memory.workspace).toBeLessThanOrEqual(20e9);
  expect(memory.parameters).toBe(share(model, 1024));
});
