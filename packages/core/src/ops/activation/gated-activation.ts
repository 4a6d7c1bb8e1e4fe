// The gate of a gated MLP (Shazeer 2020): activation(gate) * up, in one pass over memory, and its
// adjoints.
import type { TensorType } from '../../graph/graph.js';
import { AutomodelError } from '../../error.js';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { productThroughDecomposition } from '../backward-op.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition } from '../define-op.js';
import { mul } from '../elementwise/mul.js';
import { activate, type Activation } from './activation.js';

export type GatedActivationAttributes = { readonly activation: Activation };

/** gate, up (same shape and dtype) -> activation(gate) * up. */
export function gatedActivation(gate: Tensor, up: Tensor, activation: Activation): Tensor {
  return gate.trace.apply(gatedActivationOp, [gate, up], { activation })[0]!;
}

function infer(inputs: readonly (TensorType | undefined)[]): TensorType[] {
  const [gate, up] = [inputs[0]!, inputs[1]!];
  if (!sameShape(gate.shape, up.shape) || gate.dtype !== up.dtype)
    throw new AutomodelError(
      'bad-shape',
      `gated_activation: gate ${gate.dtype}${formatShape(gate.shape)} and up ` +
        `${up.dtype}${formatShape(up.shape)} differ`,
    );
  return [{ shape: gate.shape, dtype: gate.dtype }];
}

const ACTIVATIONS: readonly Activation[] = [
  'silu',
  'gelu',
  'gelu_tanh',
  'relu',
  'sigmoid',
  'relu2',
  'quick_gelu',
];

export const gatedActivationOp: OpDefinition<GatedActivationAttributes> =
  defineOp<GatedActivationAttributes>({
    name: 'gated_activation',
    summary: 'activation(gate) * up',
    infer,
    decompose: (inputs, attrs) => [
      cast(
        mul(activate(cast(inputs[0]!, 'f32'), attrs.activation), cast(inputs[1]!, 'f32')),
        inputs[0]!.dtype,
      ),
    ],
    gradient: ({ inputs, gradients, attrs }) =>
      gradients[0]!.trace.apply(
        gatedActivationBackwardOp,
        [gradients[0], inputs[0], inputs[1]],
        attrs,
      ),
    cost: (inputs) => ({
      flops: 8 * sizeOf(inputs[0]!.shape),
      bytes: 12 * sizeOf(inputs[0]!.shape),
    }),
    precision: 'follow',
    overwrites: [
      [0, 0],
      [0, 1],
    ],
    samples: ACTIVATIONS.map((activation) => ({
      inputs: [{ shape: [5, 9], range: [-3, 3] }, { shape: [5, 9] }],
      attrs: { activation },
    })),
  });

/** gradient, gate, up -> [dgate, dup]. */
export const gatedActivationBackwardOp: OpDefinition<GatedActivationAttributes> =
  defineOp<GatedActivationAttributes>({
    name: 'gated_activation_backward',
    summary: 'adjoints of gate and up of gated_activation',
    infer: (inputs) => [
      { shape: inputs[1]!.shape, dtype: inputs[1]!.dtype },
      { shape: inputs[2]!.shape, dtype: inputs[2]!.dtype },
    ],
    decompose: (inputs, attrs) =>
      productThroughDecomposition(
        gatedActivationOp,
        [inputs[1]!, inputs[2]!],
        attrs,
        inputs[0]!,
        [0, 1],
      ),
    cost: (inputs) => ({
      flops: 16 * sizeOf(inputs[0]!.shape),
      bytes: 20 * sizeOf(inputs[0]!.shape),
    }),
    precision: 'follow',
    overwrites: [
      [0, 1],
      [1, 2],
      [0, 0],
      [1, 0],
    ],
    samples: ACTIVATIONS.map((activation) => ({
      inputs: [{ shape: [5, 9] }, { shape: [5, 9], range: [-3, 3] }, { shape: [5, 9] }],
      attrs: { activation },
      differentiable: [],
    })),
  });
