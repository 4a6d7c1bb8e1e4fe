// Adds to a product where it is made: add(linear(x, W), r) and add(matmul(a, b), r) become products
// that start from r, so that residual connections and sums of adjoints cost no kernel of their own.
import {
  resultsOf,
  usersOf,
  type Graph,
  type Node,
  type Value,
  operandOf,
} from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import { scalar } from '../ops/creation/constant.js';
import { addOp } from '../ops/elementwise/add.js';
import { reshape } from '../ops/layout/reshape.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import { linearAccumulateOp } from '../ops/linear/linear-accumulate.js';
import { linearOp } from '../ops/linear/linear.js';
import { matmulAccumulateOp, matmulOp } from '../ops/linear/matmul.js';
import { hasKernel } from '../plan/kernel-table.js';
import type { PlanTarget } from '../plan/plan-graph.js';
import { isFloat } from '../tensor/dtype.js';
import { sameShape } from '../tensor/shape.js';
import type { Pass } from './pass.js';

/**
 * The pass for `target`: it adds only to products that the target has an accumulating kernel for.
 */
export const fuseAdditions = (target: PlanTarget): Pass => ({
  name: 'fuse-additions',
  summary: 'adds to products where they are made',
  numerics: 'reassociates',
  run: (graph) => {
    const sums = productSums(graph, target);
    // The new product takes the place of the addition; the old one is dead after that.
    return rebuild(graph, ({ node, trace, tensorOf }) => {
      const sum = sums.get(node);
      if (sum === undefined) return undefined;
      const { product, other } = sum;
      const operands = product.inputs.map((v) => (v === undefined ? undefined : tensorOf(v)));
      const result = trace.apply(
        accumulating(product.op)!,
        [...operands, reshape(tensorOf(other), product.outputs[0].shape), scalar(trace, 1, 'f32')],
        product.attrs,
      )[0];
      return [reshape(result, node.outputs[0].shape)];
    });
  },
});

const is = (op: OpDefinition, other: unknown): boolean => (op as unknown) === other;

function accumulating(op: OpDefinition): OpDefinition | undefined {
  if (is(op, linearOp)) return linearAccumulateOp;
  return is(op, matmulOp) ? matmulAccumulateOp : undefined;
}

/** An addition of `other` to the result of `product`. */
interface ProductSum {
  readonly product: Node;
  readonly other: Value;
}

function productSums(graph: Graph, target: PlanTarget): ReadonlyMap<Node, ProductSum> {
  const users = usersOf(graph);
  const kept = new Set(resultsOf(graph));
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  const single = (value: Value): boolean => !kept.has(value) && users.get(value)?.length === 1;
  /** The product that `value` shows through reshapes, where nobody else reads it. */
  const productOf = (value: Value): Node | undefined => {
    if (value.node === undefined || !single(value)) return undefined;
    if (value.node.op.name === 'reshape') return productOf(operandOf(value.node));
    const op = accumulating(value.node.op);
    return op !== undefined && hasKernel(target, op) ? value.node : undefined;
  };
  const sums = new Map<Node, ProductSum>();
  for (const node of graph.nodes) {
    if (!is(node.op, addOp)) continue;
    const [a, b] = node.inputs as [Value, Value];
    if (a === b || !sameShape(a.shape, b.shape) || !isFloat(a.dtype) || a.dtype === 'f64') continue;
    const candidates = [
      { product: productOf(b), other: a },
      { product: productOf(a), other: b },
    ].filter((c): c is ProductSum => c.product?.phase === node.phase);
    // The later of two products takes the earlier one's result.
    const [sum] = candidates.sort((x, y) => order.get(y.product)! - order.get(x.product)!);
    if (sum !== undefined) sums.set(node, sum);
  }
  return sums;
}
