// RoPE settings as llama.cpp reads them: keys for linear and YaRN scaling, a tensor of divisors for
// Llama 3's.
import { AutomodelError } from '@automodel/core';
import { inverseFrequencies, type RopeParameters } from '@automodel/nn';
import { f32, text, u32, type GgufValue } from '../gguf/gguf-value.js';

export interface RopeDescription {
  /** By key after the architecture's name. */
  readonly metadata: readonly (readonly [string, GgufValue])[];
  /** Content of `rope_freqs.weight`: what each frequency is divided by. */
  readonly divisors?: Float32Array | undefined;
}

/** Errors: `unsupported` naming the type or key that the format cannot express. */
export function describeRope(rope: RopeParameters, architecture: string): RopeDescription {
  const metadata: [string, GgufValue][] = [
    ['rope.dimension_count', u32(rope.width)],
    ['rope.freq_base', f32(rope.theta)],
  ];
  switch (rope.type) {
    case 'default':
      return { metadata };
    case 'linear':
      return {
        metadata: [
          ...metadata,
          ['rope.scaling.type', text('linear')],
          ['rope.scaling.factor', f32(rope.settings.positive('factor'))],
        ],
      };
    case 'llama3': {
      if (architecture !== 'llama')
        throw refused(`RoPE type llama3 is only read for llama, not for ${architecture}`);
      return { metadata, divisors: llama3Divisors(rope) };
    }
    case 'yarn':
      return { metadata: [...metadata, ...yarnMetadata(rope)] };
    case 'dynamic':
      throw refused(
        'RoPE type dynamic (the base grows with the text) cannot be written as GGUF',
        'set rope_type to default to keep what is computed within max_position_embeddings',
      );
  }
}

const refused = (message: string, hint?: string): AutomodelError =>
  new AutomodelError('unsupported', `config.json: ${message}`, { hint });

function llama3Divisors(rope: RopeParameters): Float32Array {
  const [plain, scaled] = [
    inverseFrequencies({ ...rope, type: 'default' }).values,
    inverseFrequencies(rope).values,
  ];
  return Float32Array.from(plain, (frequency, i) => frequency / (scaled[i] ?? NaN));
}

/**
 * llama.cpp multiplies cosines and sines by 0.1 ln(factor) + 1, ramps between 32 and 1 rotations,
 * and rounds the ramp's ends to whole dimensions.
 */
function yarnMetadata(rope: RopeParameters): [string, GgufValue][] {
  const { settings } = rope;
  const original = settings.size('original_max_position_embeddings', rope.maxPositions);
  const factor = settings.positive('factor', rope.maxPositions / original);
  const usual = factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1;
  if (Math.abs(inverseFrequencies(rope).attentionFactor - usual) > 1e-6)
    throw refused(
      'YaRN with an attention factor of its own (attention_factor, mscale) cannot be written as ' +
        'GGUF',
    );
  for (const [key, value] of [
    ['beta_fast', 32],
    ['beta_slow', 1],
  ] as const)
    if ((settings.number(key, 0) || value) !== value)
      throw refused(
        `YaRN with ${key} ${String(settings.raw[key])} cannot be written as GGUF (${value} is ` +
          'built in)',
      );
  if (!settings.boolean('truncate', true))
    throw refused('YaRN with truncate false cannot be written as GGUF');
  return [
    ['rope.scaling.type', text('yarn')],
    ['rope.scaling.factor', f32(factor)],
    ['rope.scaling.original_context_length', u32(original)],
  ];
}
