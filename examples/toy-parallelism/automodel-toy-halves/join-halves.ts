// The op that makes a parameter whole. It only moves elements, so that bf16 training treats what it
// gives like the parameter itself. A strategy of several processes has a collective in its place.
import { cat, defineOp, narrow, reshape, type OpDefinition, type Tensor } from '@automodel/core';

type NoAttributes = Record<string, never>;

/** [2,R,...] -> [2R,...] */
export function joinHalves(halves: Tensor): Tensor {
  return halves.trace.apply(joinHalvesOp, [halves], {})[0];
}

const half = (halves: Tensor, index: number): Tensor =>
  reshape(narrow(halves, 0, index, 1), halves.shape.slice(1));

export const joinHalvesOp: OpDefinition<NoAttributes> = defineOp({
  name: 'halves/join',
  summary: 'the rows of both halves, one half after the other',
  operands: ['halves'],
  moves: true,
  infer: ({ halves }) => {
    const [count = 0, rows = 0, ...row] = halves.shape;
    return [{ shape: [count * rows, ...row], dtype: halves.dtype }];
  },
  decompose: ({ halves }) => [cat([half(halves, 0), half(halves, 1)])],
  gradient: ({ operands: { halves }, gradients: { y: dy } }) => ({
    halves: reshape(dy, halves.shape),
  }),
  samples: [
    { inputs: [{ shape: [2, 3, 5] }], attrs: {} },
    { inputs: [{ shape: [2, 1, 4, 2] }], attrs: {} },
  ],
});
