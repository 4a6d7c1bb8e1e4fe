// Inverse frequencies of rotary embeddings, rounded to f32 after every operation as PyTorch does:
// computed in f64, they would visibly change logits at positions in the thousands.
// Formulas as in transformers' modeling_rope_utils: linear (kaiokendev), dynamic NTK (bloc97,
// emozilla), YaRN (Peng et al. 2023), Llama 3.
import type { RopeParameters } from './rope-parameters.js';

const f32 = Math.fround;

/** Frequencies f32[width/2] and the factor on cosines and sines. */
export interface InverseFrequencies {
  readonly values: Float64Array;
  readonly attentionFactor: number;
}

/** The exponents 2i/width that every type starts from. */
export const frequencyExponents = (width: number): Float64Array =>
  Float64Array.from({ length: width / 2 }, (_, i) => f32((2 * i) / width));

const positionFrequencies = (rope: RopeParameters): Float64Array =>
  frequencyExponents(rope.width).map((x) => f32(rope.theta ** x));

/** For `dynamic` these are the frequencies of documents within the trained length. */
export function inverseFrequencies(rope: RopeParameters): InverseFrequencies {
  const plain = positionFrequencies(rope).map((p) => f32(1 / p));
  switch (rope.type) {
    case 'default':
    case 'dynamic':
      return { values: plain, attentionFactor: 1 };
    case 'linear':
      return {
        values: plain.map((v) => f32(v / rope.settings.positive('factor'))),
        attentionFactor: 1,
      };
    case 'llama3':
      return { values: llama3(rope, plain), attentionFactor: 1 };
    case 'yarn':
      return yarn(rope, plain);
  }
}

function llama3(rope: RopeParameters, plain: Float64Array): Float64Array {
  const factor = rope.settings.positive('factor');
  const [low, high] = [
    rope.settings.number('low_freq_factor'),
    rope.settings.number('high_freq_factor'),
  ];
  const original = rope.settings.size('original_max_position_embeddings', rope.maxPositions);
  return plain.map((frequency) => {
    const wavelength = f32((2 * Math.PI) / frequency);
    if (wavelength < original / high) return frequency;
    if (wavelength > original / low) return f32(frequency / factor);
    const smooth = f32(f32(f32(original / wavelength) - low) / (high - low));
    return f32(f32(f32(f32(1 - smooth) * frequency) / factor) + f32(smooth * frequency));
  });
}

function yarn(rope: RopeParameters, plain: Float64Array): InverseFrequencies {
  const { settings, width } = rope;
  const original = settings.size('original_max_position_embeddings', rope.maxPositions);
  const factor = settings.positive('factor', rope.maxPositions / original);
  const correction = (rotations: number): number =>
    (width * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(rope.theta));
  const truncate = settings.boolean('truncate', true);
  const [fast, slow] = [
    correction(settings.number('beta_fast', 0) || 32),
    correction(settings.number('beta_slow', 0) || 1),
  ];
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
  let high = Math.min(truncate ? Math.ceil(slow) : slow, width - 1);
  if (low === high) high += 0.001;
  const positions = positionFrequencies(rope);
  const values = plain.map((extrapolated, i) => {
    const ramp = Math.min(1, Math.max(0, f32(f32(i - low) / f32(high - low))));
    const keep = f32(1 - ramp);
    const interpolated = f32(1 / f32(factor * (positions[i] ?? NaN)));
    return f32(f32(interpolated * f32(1 - keep)) + f32(extrapolated * keep));
  });
  return {
    values,
    attentionFactor: settings.number('attention_factor', yarnAttentionFactor(rope, factor)),
  };
}

function yarnAttentionFactor({ settings }: RopeParameters, factor: number): number {
  const scaleOf = (mscale: number): number =>
    factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
  const [mscale, allDims] = [settings.number('mscale', 0), settings.number('mscale_all_dim', 0)];
  return mscale !== 0 && allDims !== 0 ? scaleOf(mscale) / scaleOf(allDims) : scaleOf(1);
}
