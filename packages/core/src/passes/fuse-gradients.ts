// Fewer kernels for the gradients of small parameters: the sum of rows that makes the gradient of a
// bias joins the product that makes the gradient of its weight, and small gradients are added to
// their states together, at the end of the program.
import {
  resultsOf,
  usersOf,
  type Graph,
  type Node,
  type Value,
  operandOf,
  rootOf,
  streamOf,
} from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import { matmulAccumulateWithSumOp } from '../ops/linear/matmul-accumulate-with-sum.js';
import { matmulAccumulateOp } from '../ops/linear/matmul.js';
import type { MatmulAttributes } from '../ops/linear/matrix-product.js';
import { reshape } from '../ops/layout/reshape.js';
import {
  gradientAccumulateManyOp,
  MAX_GRADIENTS,
} from '../ops/optimizer/gradient-accumulate-many.js';
import { gradientAccumulateOp } from '../ops/optimizer/gradient-accumulate.js';
import { sumOp } from '../ops/reduce/sum.js';
import { reducedDims } from '../ops/reduce/reduction-op.js';
import { hasKernel } from '../plan/kernel-table.js';
import type { PlanTarget } from '../plan/plan-graph.js';
import { sizeOf } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Pass } from './pass.js';

const is = (node: Node | undefined, op: unknown): boolean => (node?.op as unknown) === op;

export const fuseBiasGradients = (target: PlanTarget): Pass => ({
  name: 'fuse-bias-gradients',
  summary: 'sums rows for the gradient of a bias beside the product for the gradient of its weight',
  numerics: 'bitwise',
  run: (graph) => {
    const pairs = hasKernel(target, matmulAccumulateWithSumOp)
      ? biasPairs(graph)
      : new Map<Node, BiasGradient>();
    const made = new Map<Node, Tensor>();
    return rebuild(graph, ({ node, inputs, trace, tensorOf }) => {
      const known = made.get(node);
      if (known !== undefined) return [known];
      const bias = pairs.get(node);
      if (bias === undefined) return undefined;
      const { accumulate, rows } = bias;
      const state = operandOf(accumulate);
      const size = state.shape[0]!;
      const outputs = trace.apply(
        matmulAccumulateWithSumOp,
        [...inputs, reshape(tensorOf(rows), [sizeOf(rows.shape) / size, size]), tensorOf(state)],
        node.attrs as MatmulAttributes,
      );
      made.set(accumulate, outputs[1]!);
      return [outputs[0]];
    });
  },
});

/** gradient_accumulate of the sum over all but the last dimension of `rows`. */
interface BiasGradient {
  readonly accumulate: Node;
  readonly rows: Value;
}

/**
 * For each product, the bias gradient it takes along: that of the same adjoint, under the same
 * keep.
 */
function biasPairs(graph: Graph): ReadonlyMap<Node, BiasGradient> {
  const users = usersOf(graph);
  const kept = new Set(resultsOf(graph));
  const single = (value: Value): boolean => !kept.has(value) && users.get(value)?.length === 1;
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  const products = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    if (!is(node, matmulAccumulateOp)) continue;
    for (const root of new Set(node.inputs.slice(0, 2).map((v) => rootOf(v!))))
      products.set(root, [...(products.get(root) ?? []), node]);
  }
  const pairs = new Map<Node, BiasGradient>();
  for (const accumulate of graph.nodes) {
    if (!is(accumulate, gradientAccumulateOp)) continue;
    const [state, gradient, keep] = accumulate.inputs as [Value, Value, Value];
    const rows = summedRows(gradient, single);
    if (
      rows === undefined ||
      state.input === undefined ||
      state.shape.length !== 1 ||
      rows.shape.at(-1) !== state.shape[0] ||
      sizeOf(rows.shape) === 0
    )
      continue;
    const product = (products.get(rootOf(rows)) ?? []).find(
      (node) => !pairs.has(node) && node.inputs[3] === keep && node.phase === accumulate.phase,
    );
    const isThere =
      product !== undefined &&
      (rows.node === undefined || order.get(rows.node)! < order.get(product)!);
    if (isThere) pairs.set(product, { accumulate, rows });
  }
  return pairs;
}

/**
 * x where `value` is the sum of x over all but its last dimension, in the dtype of the sum, and
 * nobody else reads it.
 */
function summedRows(value: Value, single: (value: Value) => boolean): Value | undefined {
  const { node } = value;
  if (node === undefined || !single(value)) return undefined;
  if (node.op.name === 'reshape') return summedRows(operandOf(node), single);
  const x = node.inputs[0];
  if (!is(node, sumOp) || x === undefined || x.shape.length < 2) return undefined;
  const dims = reducedDims('sum', x.shape.length, node.attrs['dims'] as readonly number[]);
  return dims.length === x.shape.length - 1 && dims.every((dim, i) => dim === i) ? x : undefined;
}

/**
 * Gradients of fewer bytes wait for the end of the program; larger ones are added where they are
 * made.
 */
const SMALL_ELEMENTS = 16384;

export const batchAccumulation = (target: PlanTarget): Pass => ({
  name: 'batch-accumulation',
  summary: 'adds small gradients to their states together',
  numerics: 'bitwise',
  run: (graph) => {
    const batches = hasKernel(target, gradientAccumulateManyOp) ? accumulationBatches(graph) : [];
    if (batches.length === 0) return { graph, values: new Map() };
    const members = new Set(batches.flat());
    const firsts = new Map(batches.map((batch) => [batch[0]!, batch]));
    const made = new Map<Node, Tensor>();
    // At the end of the program all gradients are there, and nothing but assigns waits for the
    // sums.
    return rebuild(
      { ...graph, nodes: [...graph.nodes.filter((node) => !members.has(node)), ...batches.flat()] },
      ({ node, trace, tensorOf }) => {
        const batch = firsts.get(node);
        if (batch !== undefined) {
          const operands = [
            tensorOf(operandOf(node, 2)),
            ...batch.flatMap(({ inputs }) => [tensorOf(inputs[0]!), tensorOf(inputs[1]!)]),
          ];
          trace
            .apply(gradientAccumulateManyOp, operands, {})
            .forEach((tensor, i) => made.set(batch[i]!, tensor));
        }
        const sum = made.get(node);
        return sum === undefined ? undefined : [sum];
      },
    );
  },
});

/**
 * Whether its gradient comes from other ranks: what was sent is in memory until something waits for
 * it.
 */
function arrives(node: Node): boolean {
  const source = operandOf(node, 1).node;
  return source !== undefined && streamOf(source) !== 'compute';
}

/**
 * Groups of at most MAX_GRADIENTS accumulations with one keep whose results are only assigned to
 * states.
 */
function accumulationBatches(graph: Graph): Node[][] {
  const users = usersOf(graph);
  const groups = new Map<Value, Node[]>();
  const last = graph.nodes.findLastIndex(
    (node) => !is(node, gradientAccumulateOp) && node.op.view !== true,
  );
  graph.nodes.forEach((node, i) => {
    if (
      !is(node, gradientAccumulateOp) ||
      operandOf(node).dtype === 'f64' ||
      operandOf(node).input === undefined
    )
      return;
    const mayWait = sizeOf(node.outputs[0].shape) <= SMALL_ELEMENTS && !arrives(node);
    if (users.has(node.outputs[0]) || (!mayWait && i < last)) return;
    groups.set(operandOf(node, 2), [...(groups.get(operandOf(node, 2)) ?? []), node]);
  });
  return [...groups.values()]
    .flatMap((nodes) =>
      Array.from({ length: Math.ceil(nodes.length / MAX_GRADIENTS) }, (_, i) =>
        nodes.slice(i * MAX_GRADIENTS, (i + 1) * MAX_GRADIENTS),
      ),
    )
    .filter((batch) => batch.length > 1);
}
