// Your own op: its meaning in simpler ops, its gradient, and the samples that the
// conformance suite tries it on. The name begins with the package's.
import { defineOp, mul, relu, type OpDefinition, type Tensor } from '@automodel/core';

type NoAttributes = Record<string, never>;

/** relu(x)^2 of each element (So et al. 2021). */
export function squaredRelu(x: Tensor): Tensor {
  return x.trace.apply(squaredReluOp, [x], {})[0];
}

export const squaredReluOp: OpDefinition<NoAttributes> = defineOp({
  name: 'example/squared_relu',
  summary: 'relu(x)^2 of each element',
  operands: ['x'],
  infer: ({ x }) => [x],
  decompose: ({ x }) => [mul(relu(x), relu(x))],
  gradient: ({ operands: { x }, gradients: { y: dy } }) => ({ x: mul(dy, mul(relu(x), 2)) }),
  samples: [
    { inputs: [{ shape: [3, 5] }], attrs: {} },
    { inputs: [{ shape: [7], range: [-0.2, 0.1] }], attrs: {} },
  ],
});
