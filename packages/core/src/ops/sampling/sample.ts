// Choosing the next token inside the decoding program, so that only ids leave the device:
// temperature, top-k and top-p over softmax probabilities, or the largest logit.
import type { TensorType } from '../../graph/graph.js';
import { AutomodelError } from '../../error.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import { formatShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../define-op.js';
import { philox, uniform } from './philox.js';

/** 0-dimensional inputs of sampling. */
export interface SamplingScalars {
  /** f32; 0 is greedy: the largest logit, the lowest id on ties. */
  readonly temperature: Tensor;
  /** f32 in (0, 1]: the smallest set of most likely tokens whose probabilities reach it; 1: off. */
  readonly topP: Tensor;
  /** i32: only this many largest logits; 0: off. */
  readonly topK: Tensor;
  /** i64 */
  readonly seed: Tensor;
  /** i64: the number of the token, so that each draw has numbers of its own. */
  readonly step: Tensor;
}

/** logits[R,V] -> ids i32[R]. */
export function sample(logits: Tensor, scalars: SamplingScalars): Tensor {
  return logits.trace.apply(
    sampleOp,
    [logits, scalars.temperature, scalars.topP, scalars.topK, scalars.seed, scalars.step],
    {},
  )[0]!;
}

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(BigInt.asUintN(32, value >> 32n));

function choose(
  logits: Float64Array,
  temperature: number,
  topP: number,
  topK: number,
  random: number,
): number {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
  if (temperature === 0) return order[0]!;
  const kept = topK > 0 ? order.slice(0, topK) : order;
  const top = logits[kept[0]!]!;
  const weights = kept.map((id) => Math.exp((logits[id]! - top) / temperature));
  const total = weights.reduce((a, w) => a + w, 0);
  let [mass, count] = [0, 0];
  while (count < kept.length && (count === 0 || mass < topP * total)) mass += weights[count++]!;
  let rest = random * mass;
  for (let i = 0; i < count; i++) {
    rest -= weights[i]!;
    if (rest < 0) return kept[i]!;
  }
  return kept[count - 1]!;
}

function reference(inputs: readonly (HostTensor | undefined)[]): HostTensor[] {
  const logits = inputs[0]!;
  const [rows, vocabulary] = [logits.shape[0]!, logits.shape[1]!];
  const [temperature, topP, topK] = [1, 2, 3].map((i) => Number(inputs[i]!.data[0])) as [
    number,
    number,
    number,
  ];
  const [seed, step] = [4, 5].map((i) => BigInt(inputs[i]!.data[0]!)) as [bigint, bigint];
  const data = Int32Array.from({ length: rows }, (_, r) => {
    const random = uniform(philox([low(step), high(step), r, 0], [low(seed), high(seed)])[0]);
    return choose(
      (logits.data as Float64Array).subarray(r * vocabulary, (r + 1) * vocabulary),
      temperature,
      topP,
      topK,
      random,
    );
  });
  return [{ shape: [rows], dtype: 'i32', data }];
}

const settings = (
  temperature: number,
  topP: number,
  topK: number,
  seed: number,
): { shape: []; dtype?: 'i32' | 'i64'; values: number[] }[] => [
  { shape: [], values: [temperature] },
  { shape: [], values: [topP] },
  { shape: [], dtype: 'i32', values: [topK] },
  { shape: [], dtype: 'i64', values: [seed] },
  { shape: [], dtype: 'i64', values: [3] },
];

export const sampleOp: OpDefinition<Record<string, never>> = defineOp<Record<string, never>>({
  name: 'sample',
  summary: 'draws a token id from each row of logits',
  infer: (inputs): TensorType[] => {
    if (inputs[0]!.shape.length !== 2)
      throw new AutomodelError(
        'bad-shape',
        `sample: logits must be a matrix, not ${formatShape(inputs[0]!.shape)}`,
      );
    return [{ shape: [inputs[0]!.shape[0]!], dtype: 'i32' }];
  },
  reference,
  cost: (inputs) => ({ flops: 4 * sizeOf(inputs[0]!.shape), bytes: 4 * sizeOf(inputs[0]!.shape) }),
  precision: 'full',
  once: true,
  samples: [
    { inputs: [{ shape: [3, 17] }, ...settings(0, 1, 0, 1)], attrs: {} },
    { inputs: [{ shape: [5, 17], range: [-3, 3] }, ...settings(0.8, 1, 0, 2)], attrs: {} },
    { inputs: [{ shape: [5, 17], range: [-3, 3] }, ...settings(1, 0.7, 0, 3)], attrs: {} },
    { inputs: [{ shape: [5, 17], range: [-3, 3] }, ...settings(1, 0.9, 4, 4)], attrs: {} },
  ],
});
