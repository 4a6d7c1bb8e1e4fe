// The gate of a gated MLP (Shazeer 2020): activation(gate) * up, in one pass over memory, and its
// adjoints.

import { AutomodelError } from '../../error.js';
import { formatType, sameShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { productThroughDecomposition } from '../support/vector-jacobian.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { mul } from '../elementwise/mul.js';
import { activate, type Activation } from './activation.js';
import { alikeSpread } from '../support/elementwise-spread.js';

export type GatedActivationAttributes = { readonly activation: Activation };

/** gate, up (same shape and dtype) -> activation(gate) * up. */
export function gatedActivation(gate: Tensor, up: Tensor, activation: Activation): Tensor {
  return gate.trace.apply(gatedActivationOp, [gate, up], { activation })[0];
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

export const gatedActivationOp: OpDefinition<GatedActivationAttributes> = defineOp({
  name: 'gated_activation',
  summary: 'activation(gate) * up',
  operands: ['gate', 'up'],
  infer({ gate, up }) {
    if (!sameShape(gate.shape, up.shape) || gate.dtype !== up.dtype)
      throw new AutomodelError(
        'bad-shape',
        `gated_activation: gate ${formatType(gate)} and up ` + `${formatType(up)} differ`,
      );
    return [{ shape: gate.shape, dtype: gate.dtype }];
  },
  decompose: ({ gate, up }, attrs) => [
    cast(mul(activate(cast(gate, 'f32'), attrs.activation), cast(up, 'f32')), gate.dtype),
  ],
  gradient({ operands: { gate, up }, gradients: { y: dy }, attrs }) {
    const [dgate, dup] = dy.trace.apply(gatedActivationBackwardOp, [dy, gate, up], attrs);
    return { gate: dgate, up: dup };
  },
  flops: ({ gate }) => 8 * sizeOf(gate.shape),
  spread: (spreads, _attrs, { refuse }) => [alikeSpread(spreads, refuse)],
  castRule: 'follow',
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
export const gatedActivationBackwardOp: OpDefinition<GatedActivationAttributes> = defineOp({
  name: 'gated_activation_backward',
  summary: 'adjoints of gate and up of gated_activation',
  operands: ['dy', 'gate', 'up'],
  outputs: ['dgate', 'dup'],
  infer: ({ gate, up }) => [
    { shape: gate.shape, dtype: gate.dtype },
    { shape: up.shape, dtype: up.dtype },
  ],
  decompose: ({ dy, gate, up }, attrs) =>
    productThroughDecomposition(gatedActivationOp, [gate, up], attrs, dy),
  flops: ({ dy }) => 16 * sizeOf(dy.shape),
  spread: (spreads, _attrs, { refuse }) => {
    const adjoint = alikeSpread(spreads, refuse);
    return [adjoint, adjoint];
  },
  castRule: 'follow',
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
