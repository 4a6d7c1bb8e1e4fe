// Cosine and sine tables [T, width/2] computed in the graph from token positions. Dynamic RoPE
// scales by the length of the token's own document, never by its neighbours in the pack.
import type { DecoderBatch } from '../batch/decoder-batch.js';
import {
  cast,
  constant,
  cos,
  div,
  maximum,
  mul,
  pow,
  reshape,
  sin,
  sub,
  where,
  gt,
  AutomodelError,
  type Tensor,
} from '@automodel/core';
import { frequencyExponents, inverseFrequencies } from './inverse-frequencies.js';
import type { RopeParameters } from './rope-parameters.js';

/** f32[T, width/2] each. */
export interface RotaryTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** The tables of a batch. */
export function rotaryTables(rope: RopeParameters, batch: DecoderBatch): RotaryTables {
  const [tokens = 0] = batch.positions.shape;
  const { values, attentionFactor } = inverseFrequencies(rope);
  const plain = constant(values, [1, values.length], 'f32');
  const frequencies = rope.type === 'dynamic' ? dynamicFrequencies(rope, plain, batch) : plain;
  const angles = mul(reshape(cast(batch.positions, 'f32'), [tokens, 1]), frequencies);
  const scaled = (table: Tensor): Tensor =>
    attentionFactor === 1 ? table : mul(table, attentionFactor);
  return { cos: scaled(cos(angles)), sin: scaled(sin(angles)) };
}

/**
 * [T, width/2]: the plain frequencies within the trained length, beyond it those of a base that
 * grows with the document's length.
 */
function dynamicFrequencies(rope: RopeParameters, plain: Tensor, batch: DecoderBatch): Tensor {
  if (batch.documentLengths === undefined)
    throw new AutomodelError(
      'bad-argument',
      'dynamic RoPE needs the document lengths of the batch',
    );
  const [tokens = 0] = batch.positions.shape;
  const { width, maxPositions, theta } = rope;
  const factor = rope.settings.positive('factor');
  const lengths = reshape(cast(batch.documentLengths, 'f32'), [tokens, 1]);
  const growth = sub(div(mul(maximum(lengths, maxPositions), factor), maxPositions), factor - 1);
  const base = mul(pow(growth, width / (width - 2)), theta);
  const exponents = constant(frequencyExponents(width), [1, width / 2], 'f32');
  return where(gt(lengths, maxPositions), div(1, pow(base, exponents)), plain);
}
