// Grouped-query self-attention with rotary positions (Ainslie et al. 2023), under Hugging Face's
// module names q_proj, k_proj, v_proj, o_proj and, where a family has them, q_norm, k_norm.
import type { KeyValueStore, ParameterScope } from '@automodel/contracts';
import { attention, reshape, rope, type Tensor } from '@automodel/core';
import type { DecoderBatch } from '../batch/decoder-batch.js';
import type { RotaryTables } from '../position/rotary-tables.js';
import type { Norm } from './rms-norm.js';

/** The sizes and variants of a layer's attention. */
export interface AttentionConfig {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly scale: number;
  readonly softcap: number;
  /** Number of positions that a token attends to; 0: all earlier ones. */
  readonly window: number;
  readonly bias: boolean;
  readonly outputBias: boolean;
  /**
   * Norm of queries and keys [tokens, heads, head width] before rotation; over the head width,
   * unless a family wraps it.
   */
  readonly queryKeyNorm: Norm | undefined;
}

/** What a layer's attention reads besides hidden states. */
export interface AttentionContext {
  readonly layer: number;
  readonly batch: DecoderBatch;
  readonly rotary: RotaryTables;
  readonly store: KeyValueStore | undefined;
}

/** x[T,D] -> [T,D]. */
export function selfAttention(
  scope: ParameterScope,
  x: Tensor,
  config: AttentionConfig,
  context: AttentionContext,
): Tensor {
  const [tokens = 0, hidden = 0] = x.shape;
  const { heads, keyValueHeads, headWidth } = config;
  const project = (name: string, count: number): Tensor =>
    reshape(scope.linear(name, x, count * headWidth, config.bias), [tokens, count, headWidth]);
  const normed = (name: string, value: Tensor): Tensor =>
    config.queryKeyNorm === undefined ? value : config.queryKeyNorm(scope, name, value);
  const rotated = (value: Tensor): Tensor => rope(value, context.rotary.cos, context.rotary.sin);
  const q = rotated(normed('q_norm', project('q_proj', heads)));
  const k = rotated(normed('k_norm', project('k_proj', keyValueHeads)));
  const v = project('v_proj', keyValueHeads);
  const { keys, values } = context.store?.extend(context.layer, k, v) ?? { keys: k, values: v };
  const mixed = attention(q, keys, values, context.batch.segments, {
    scale: config.scale,
    softcap: config.softcap,
    window: config.window,
    causal: true,
  });
  return scope.linear(
    'o_proj',
    reshape(mixed, [tokens, heads * headWidth]),
    hidden,
    config.outputBias,
  );
}
