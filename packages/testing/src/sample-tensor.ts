// Reproducible operands for samples: numbers from a small counter-based generator, so a failure
// shows the same numbers everywhere.
import {
  hostTensor,
  isFloat,
  roundHostTensor,
  sizeOf,
  type HostTensor,
  type SampleOperand,
} from '@automodel/core';

/** A generator of numbers in [0, 1): mulberry32 by Tommy Ettinger (public domain algorithm). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The operand a sample describes, rounded to its dtype. */
export function sampleTensor(operand: SampleOperand, random: () => number): HostTensor {
  const dtype = operand.dtype ?? 'f32';
  const [low, high] = operand.range ?? (dtype === 'bool' ? [0, 1] : [-1, 1]);
  const draw = (): number =>
    isFloat(dtype) ? low + (high - low) * random() : Math.floor(low + (high - low + 1) * random());
  const values = operand.values ?? Array.from({ length: sizeOf(operand.shape) }, draw);
  return roundHostTensor(hostTensor(dtype, operand.shape, values));
}
