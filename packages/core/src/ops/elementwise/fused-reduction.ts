// A chain of elementwise ops and the sum or mean over dimensions of its result in one node, made by
// the pass fuse-elementwise: contractions that were written as products and sums, and the adjoints
// of broadcasting. The meaning is fused_elementwise followed by the reduction.
import { nonEmpty } from '../../list-length.js';
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import { defineOp, type OpDefinition, type OpSample } from '../support/define-op.js';
import { mean } from '../reduce/mean.js';
import { reducedDims, reducedShape } from '../reduce/reduction-op.js';
import { sum } from '../reduce/sum.js';
import { fusedElementwiseOp } from './fused-elementwise.js';

/** A program, and how its last result is reduced. */
export type FusedReductionAttributes = {
  /** Lines of chain-program.ts; the last one is reduced. */
  readonly program: readonly string[];
  /** What the program computes over; operands broadcast to it. */
  readonly shape: Shape;
  readonly dims: readonly number[];
  readonly reduction: 'sum' | 'mean';
};

/** The program as a node of its own. */
const chainOf = ({ program, shape }: FusedReductionAttributes) => ({
  program,
  shape,
  results: [program.length - 1],
});

const sample = (
  shape: Shape,
  dims: readonly number[],
  reduction: 'sum' | 'mean',
  column: Shape = [1],
): OpSample<FusedReductionAttributes> => ({
  inputs: [{ shape }, { shape: shape.slice(-1) }, { shape: column, range: [0.5, 2] }],
  attrs: { program: ['mul x0 x1', 'div t0 x2', 'add t1 f32:0.25'], shape, dims, reduction },
});

export const fusedReductionOp: OpDefinition<FusedReductionAttributes> = defineOp({
  name: 'fused_reduction',
  summary: 'the sum or mean of a chain of elementwise ops',
  operands: ['...operands'],
  infer({ operands }, attrs) {
    const [{ shape, dtype }] = fusedElementwiseOp.infer(operands, chainOf(attrs));
    if (!isFloat(dtype) || attrs.dims.length === 0)
      throw new AutomodelError(
        'bad-graph',
        `fused_reduction reduces floats over one dimension or more, not ${dtype} over ` +
          `[${attrs.dims.join(',')}]`,
      );
    return [
      {
        shape: reducedShape(shape, reducedDims('fused_reduction', shape.length, attrs.dims), false),
        dtype,
      },
    ];
  },
  decompose({ operands }, attrs) {
    const [{ trace }] = nonEmpty(operands);
    const [x] = trace.apply(fusedElementwiseOp, operands, chainOf(attrs));
    return [attrs.reduction === 'sum' ? sum(x, attrs.dims) : mean(x, attrs.dims)];
  },
  flops: (_operands, _outputs, { program, shape }) => (program.length + 1) * sizeOf(shape),
  castRule: 'follow',
  samples: [
    sample([3, 5, 7], [2], 'sum', [5, 1]),
    sample([3, 5, 7], [1, 2], 'mean'),
    sample([3, 5, 7], [0, 1], 'sum'),
    sample([3, 5, 7], [1], 'sum', [3, 1, 1]),
    sample([3, 5, 7], [0, 2], 'mean'),
    sample([40, 70], [0], 'sum', [40, 1]),
    sample([2, 600], [1], 'sum', [2, 1]),
    sample([4, 6], [0, 1], 'sum'),
    sample([0, 3], [0], 'sum'),
    {
      inputs: [{ shape: [2, 6] }, { shape: [2, 6], dtype: 'bool' }],
      attrs: {
        program: ['where x1 x0 f32:0', 'exp t0'],
        shape: [2, 6],
        dims: [1],
        reduction: 'sum',
      },
    },
    {
      inputs: [
        { shape: [4, 40], dtype: 'bf16' },
        { shape: [40], dtype: 'bf16' },
      ],
      attrs: {
        program: ['mul x0 x1', 'cast t0 to=f32'],
        shape: [4, 40],
        dims: [0],
        reduction: 'sum',
      },
      differentiable: [],
    },
  ],
});
