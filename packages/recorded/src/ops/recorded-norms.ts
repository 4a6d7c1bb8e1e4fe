// Normalisations and attention as recorded graphs state them, in terms of this project's ops.
import {
  layerNorm,
  reshape,
  rmsNorm,
  scaledDotProductAttention,
  sizeOf,
  type Tensor,
  transpose,
} from '@automodel/core';
import type { RecordedCall } from './recorded-call.js';

/** x with its last `axes` dimensions joined, so that norms see one. */
const joined = (x: Tensor, axes: number): Tensor =>
  reshape(x, [...x.shape.slice(0, x.rank - axes), sizeOf(x.shape.slice(x.rank - axes))]);

const flat = (x: Tensor | undefined): Tensor | undefined =>
  x === undefined ? undefined : reshape(x, [sizeOf(x.shape)]);

/** Operands x, weight or none, bias or none. */
export function recordedLayerNorm(call: RecordedCall): Tensor {
  const x = call.tensor(0);
  return reshape(
    layerNorm(
      joined(x, call.number('axes')),
      flat(call.optional(1)),
      flat(call.optional(2)),
      call.number('eps'),
    ),
    x.shape,
  );
}

/** What PyTorch adds where eps is not given: the step of f32 at one. */
const SMALLEST_STEP = 2 ** -23;

/** Operands x, weight or none. */
export function recordedRmsNorm(call: RecordedCall): Tensor {
  const x = call.tensor(0);
  return reshape(
    rmsNorm(
      joined(x, call.number('axes')),
      flat(call.optional(1)),
      call.numberOrNull('eps') ?? SMALLEST_STEP,
    ),
    x.shape,
  );
}

/** Operands q[B,H,S,D], k, v, mask or none, sink[H] or none -> [B,S,H,D]. */
export function recordedAttention(call: RecordedCall): Tensor {
  const result = scaledDotProductAttention(call.tensor(0), call.tensor(1), call.tensor(2), {
    mask: call.optional(3),
    sinks: call.optional(4),
    scale: call.number('scale'),
    softcap: call.numberOrNull('softcap'),
  });
  return transpose(result, 1, 2);
}

/**
 * Operands q, k, v, mask or none, as torch.nn.functional.scaled_dot_product_attention: batch and
 * heads may be left out.
 */
export function recordedSdpa(call: RecordedCall): Tensor {
  const [q, k, v] = [0, 1, 2].map((i) => {
    const x = call.tensor(i);
    return x.rank < 4 ? reshape(x, [...new Array<number>(4 - x.rank).fill(1), ...x.shape]) : x;
  }) as [Tensor, Tensor, Tensor];
  const result = scaledDotProductAttention(q, k, v, {
    mask: call.optional(3),
    scale: call.numberOrNull('scale'),
    causal: call.flag('causal'),
  });
  return reshape(result, result.shape.slice(4 - Math.min(4, call.tensor(0).rank)));
}
