// A session over a tiny model with random weights, and samples with made-up rows.
import type { Backend, LanguageModel } from '@automodel/contracts';
import type { Sample } from '@automodel/data';
import plugin from '@automodel/models-llama';
import { referenceBackend } from '@automodel/testing';
import { ModelSession, type SessionOptions } from '@automodel/session';

export const tinyModel = (): LanguageModel =>
  plugin.create({
    model_type: 'llama',
    vocab_size: 61,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    initializer_range: 0.2,
  });

/** The same model, in training with half of its last hidden states dropped. */
export function droppingModel(): LanguageModel {
  const model = tinyModel();
  return {
    ...model,
    forward: (scope, batch, store) => {
      const output = model.forward(scope, batch, store);
      if (!('hidden' in output)) throw new Error('the tiny model ends in hidden states');
      return { ...output, hidden: scope.dropout(output.hidden, 0.5) };
    },
  };
}

export const tinySession = (
  options: Partial<SessionOptions> = {},
  backend: Backend = referenceBackend(),
): ModelSession =>
  ModelSession.initialize(
    {
      backend,
      model: tinyModel(),
      precision: 'f32',
      trainable: () => true,
      verifyPlans: true,
      ...options,
    },
    7,
  );

/** `count` rows of different lengths; the first `untrained` labels of each are -100. */
export function raggedSamples(count: number, untrained = 2): Sample[] {
  return Array.from({ length: count }, (_, row) => {
    const inputIds = Int32Array.from(
      { length: 4 + ((row * 5) % 9) },
      (_, i) => 1 + ((row * 31 + i * i * 7 + i) % 59),
    );
    return {
      inputIds,
      labels: inputIds.map((id, i) => (i < untrained ? -100 : id)),
      source: { file: 'train.jsonl', row: row + 1 },
    };
  });
}
