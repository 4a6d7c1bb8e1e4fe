// Normalisations and attention as recorded graphs state them, in terms of this project's ops.
import type { Tensor } from '../../tensor/tensor.js';
import { sizeOf } from '../../tensor/shape.js';
import { scaledDotProductAttention } from '../attention/scaled-dot-product-attention.js';
import { transpose } from '../layout/permute.js';
import { reshape } from '../layout/reshape.js';
import { layerNorm } from '../norm/layer-norm.js';
import { rmsNorm } from '../norm/rms-norm.js';
import type { RecordedCall } from './recorded-call.js';

/** x with its last `axes` dimensions joined, so that norms see one. */
const joined = (x: Tensor, axes: number): Tensor => reshape(x, [...x.shape.slice(0, x.rank - axes), sizeOf(x.shape.slice(x.rank - axes))]);

const flat = (x: Tensor | undefined): Tensor | undefined => (x === undefined ? undefined : reshape(x, [sizeOf(x.shape)]));

/** Operands x, weight or none, bias or none. */
export function recordedLayerNorm(call: RecordedCall): Tensor {
  const x = call.tensor(0);
  return reshape(layerNorm(joined(x, call.number('axes')), flat(call.optional(1)), flat(call.optional(2)), call.number('eps')), x.shape);
}

/** Operands x, weight or none. */
export function recordedRmsNorm(call: RecordedCall): Tensor {
  const x = call.tensor(0);
  return reshape(rmsNorm(joined(x, call.number('axes')), flat(call.optional(1)), call.number('eps')), x.shape);
}

/** Operands q[B,H,S,D], k, v, mask or none, sink[H] or none -> [B,S,H,D]. */
export function recordedAttention(call: RecordedCall): Tensor {
  const result = scaledDotProductAttention(call.tensor(0), call.tensor(1), call.tensor(2), {
    mask: call.optional(3), sinks: call.optional(4), scale: call.number('scale'), softcap: call.numberOrNull('softcap'),
  });
  return transpose(result, 1, 2);
}

/** Operands q, k, v, mask or none, as torch.nn.functional.scaled_dot_product_attention. */
export function recordedSdpa(call: RecordedCall): Tensor {
  return scaledDotProductAttention(call.tensor(0), call.tensor(1), call.tensor(2), { mask: call.optional(3), scale: call.numberOrNull('scale'), causal: call.flag('causal') });
}
