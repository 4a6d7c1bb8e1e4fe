// The attention heads that config.json describes. In every family, a null number of key/value heads
// means as many as queries have; what an absent key means depends on the family.
import { AutomodelError } from '@automodel/core';
import type { ConfigReader } from './config-reader.js';

/** How many heads, how many of keys and values, how wide each is. */
export interface HeadLayout {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
}

/**
 * Values for keys that config.json leaves out. Without them `num_attention_heads` is required,
 * there are as many key/value heads as heads, and a head is hidden_size / heads wide, rounded down.
 */
export type HeadDefaults = Partial<HeadLayout>;

/**
 * Reads num_attention_heads, num_key_value_heads and head_dim. Errors: `bad-config` if the heads
 * are not a multiple of the key/value heads.
 */
export function headLayout(config: ConfigReader, silent: HeadDefaults = {}): HeadLayout {
  const heads = config.size('num_attention_heads', silent.heads);
  const keyValueHeads =
    config.raw['num_key_value_heads'] === null
      ? heads
      : config.size('num_key_value_heads', silent.keyValueHeads ?? heads);
  if (heads % keyValueHeads !== 0)
    throw new AutomodelError(
      'bad-config',
      `config.json: num_attention_heads ${heads} is not a multiple of num_key_value_heads ` +
        `${keyValueHeads}`,
    );
  return {
    heads,
    keyValueHeads,
    headWidth: config.size(
      'head_dim',
      silent.headWidth ?? Math.floor(config.size('hidden_size') / heads),
    ),
  };
}
