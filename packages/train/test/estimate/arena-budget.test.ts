// The memory budget of a run is for everything; activations get what weights, gradients and
// optimizer states leave.
import type { DType } from '@automodel/core';
import llama from '@automodel/models-llama';
import { describe, expect, it } from 'vitest';
import { arenaBudget } from '../../src/index.js';

const model = llama.create({
  model_type: 'llama',
  vocab_size: 100,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  tie_word_embeddings: true,
});
const parameters = 100 * 16 + 4 * 16 * 16 + 3 * 16 * 32 + 3 * 16;
const options = {
  model,
  precision: 'f32',
  trainable: () => true,
  storedDType: (): DType => 'bf16',
  optimizerStates: 2,
} as const;

describe('arenaBudget', () => {
  it('subtracts weights, gradients and states', () => {
    const difference =
      arenaBudget(1e9, { ...options, optimizerStates: 0 }) - arenaBudget(1e9, options);
    expect(difference).toBe(2 * 4 * parameters);
    expect(
      arenaBudget(1e9, { ...options, precision: 'bf16_pure' }) - arenaBudget(1e9, options),
    ).toBe(4 * 2 * parameters);
  });

  it('leaves out gradients that never exist together', () => {
    expect(arenaBudget(1e9, { ...options, optimizerInBackward: true })).toBe(
      arenaBudget(1e9, options) + 4 * parameters,
    );
    expect(() => arenaBudget(1e8, { ...options, optimizerInBackward: true })).toThrow(
      'does not hold weights and optimizer states, which take',
    );
  });

  it('takes frozen matrices as they are stored', () => {
    const frozen = { ...options, trainable: () => false, precision: 'bf16' } as const;
    const norms = 3 * 16;
    expect(arenaBudget(1e9, { ...frozen, storedDType: () => 'f32' })).toBe(
      arenaBudget(1e9, frozen) - 2 * (parameters - norms),
    );
  });

  it('refuses a budget that states alone exceed', () => {
    expect(() => arenaBudget(1e8, options)).toThrow(
      /memory budget of 0\.10 GB does not hold weights, gradients and optimizer states/,
    );
  });
});
