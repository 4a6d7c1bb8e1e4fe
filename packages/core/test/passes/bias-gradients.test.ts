// Which product takes the gradient of a bias along: one of the same adjoint, under the same keep,
// that comes when the summed rows are there.
import { describe, expect, it } from 'vitest';
import {
  builtinOps,
  gradientAccumulate,
  reshape,
  sum,
  trace,
  verifyGraph,
  type Graph,
  type Tensor,
  type Trace,
} from '../../src/index.js';
import { matmulAccumulateOp } from '../../src/ops/linear/matmul.js';
import { fuseBiasGradients } from '../../src/passes/fuse-gradients.js';

const kernels = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);
const { run } = fuseBiasGradients({ backend: 'test', kernels });

/** The weight's gradient xᵀ dy and the bias's, the sum of what `rowsOf` makes of dy. */
function program(biasKeep: string, rowsOf: (dy: Tensor) => Tensor): Graph {
  const keepOf = (t: Trace, name: string): Tensor => t.input('scalar', name, [], 'f32');
  return trace('program', (t) => {
    const x = t.input('batch', 'x', [3, 4], 'f32');
    const dy = t.input('batch', 'dy', [4, 2], 'f32');
    const weight = t.input('state', 'weight', [3, 2], 'f32');
    const bias = t.input('state', 'bias', [2], 'f32');
    const operands = [x, dy, weight, keepOf(t, 'keep')];
    t.assign(weight, t.apply(matmulAccumulateOp, operands, { compute: 'f32', out_dtype: null })[0]);
    t.assign(bias, gradientAccumulate(bias, sum(rowsOf(dy), [0]), keepOf(t, biasKeep)));
  });
}

const opsOf = (graph: Graph): string[] => {
  const { graph: fused } = run(graph);
  verifyGraph(fused);
  return fused.nodes.map(({ op }) => op.name);
};

describe('fuse-bias-gradients', () => {
  it('joins a bias to the product of its adjoint', () => {
    expect(opsOf(program('keep', (dy) => dy))).toContain('matmul_accumulate_with_sum');
  });

  it('leaves a bias alone that is kept by another factor', () => {
    expect(opsOf(program('other', (dy) => dy))).not.toContain('matmul_accumulate_with_sum');
  });

  it('leaves a bias alone whose rows come after the product', () => {
    const later = (dy: Tensor): Tensor => reshape(reshape(dy, [8]), [4, 2]);
    expect(opsOf(program('keep', later))).not.toContain('matmul_accumulate_with_sum');
  });
});
