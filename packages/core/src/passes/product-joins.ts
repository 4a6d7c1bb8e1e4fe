// The ways in which products become one op: linear maps of one x, the gradients of their weights,
// and products that are added up. Each says which nodes go together and what the op takes.
import {
  operandOf,
  resultsOf,
  usersOf,
  type Graph,
  type Node,
  type Value,
} from '../graph/graph.js';
import { constantOp, type ConstantAttributes } from '../ops/creation/constant.js';
import { reshapeOp } from '../ops/layout/reshape.js';
import { MAX_JOINED } from '../ops/linear/joined-products.js';
import { linearManyOp } from '../ops/linear/linear-many.js';
import { linearOp, type LinearAttributes } from '../ops/linear/linear.js';
import { matmulAccumulateManyOp } from '../ops/linear/matmul-accumulate-many.js';
import { matmulSumOp } from '../ops/linear/matmul-sum.js';
import { matmulAccumulateOp, matmulOp } from '../ops/linear/matmul.js';
import type { MatmulAttributes } from '../ops/linear/matrix-product.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import { isFloat } from '../tensor/dtype.js';
import { sameShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';

/** A way of joining products. */
export interface Join {
  readonly op: OpDefinition;
  /** The one op stands where the first of the nodes stood, or the last. */
  readonly place: 'first' | 'last';
  /** Nodes that become one op, in order: at least two, at most MAX_JOINED. */
  find(graph: Graph): readonly (readonly Node[])[];
  /** Further nodes that only these read. */
  between?(nodes: readonly Node[]): readonly Node[];
  call(
    nodes: readonly Node[],
    tensorOf: (value: Value) => Tensor,
  ): Pick<Node, 'attrs'> & { readonly operands: readonly (Tensor | undefined)[] };
}

const is = (node: Node | undefined, op: unknown): boolean => (node?.op as unknown) === op;

/** Nodes under one key, in pieces that one op takes; those without company are left out. */
function grouped(nodes: readonly Node[], keyOf: (node: Node) => string): readonly Node[][] {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const key = keyOf(node);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return [...groups.values()].flatMap(inPieces);
}

const inPieces = (nodes: readonly Node[]): Node[][] =>
  Array.from({ length: Math.ceil(nodes.length / MAX_JOINED) }, (_, i) =>
    nodes.slice(i * MAX_JOINED, (i + 1) * MAX_JOINED),
  ).filter((piece) => piece.length > 1);

const idOf = (value: Value | undefined): string => String(value?.id ?? '');
const attributeKey = (node: Node): string => `${node.phase} ${JSON.stringify(node.attrs)}`;

/** Kernels of joined products take f32, bf16 and f16. */
const isStored = ({ inputs, outputs }: Node): boolean =>
  [...inputs, ...outputs].every((v) => v === undefined || (isFloat(v.dtype) && v.dtype !== 'f64'));

/** Linear maps of one x. Their weights must be there when the first of them runs. */
const FORWARD: Join = {
  op: linearManyOp,
  place: 'first',
  find: (graph) => {
    const order = new Map(graph.nodes.map((node, i) => [node, i]));
    const linears = graph.nodes.filter((node) => is(node, linearOp) && isStored(node));
    const keyOf = (node: Node): string =>
      `${attributeKey(node)} ${idOf(node.inputs[0])} ${String(node.inputs[2] === undefined)}`;
    const firsts = new Map<string, number>();
    for (const node of linears)
      if (!firsts.has(keyOf(node))) firsts.set(keyOf(node), order.get(node)!);
    const isThere = (node: Node): boolean =>
      node.inputs
        .slice(1)
        .every((v) => v?.node === undefined || order.get(v.node)! < firsts.get(keyOf(node))!);
    return grouped(linears.filter(isThere), keyOf);
  },
  call: (nodes, tensorOf) => {
    const weights = nodes.map(({ inputs }) => tensorOf(inputs[1]!));
    const biases = nodes.flatMap(({ inputs }) => (inputs[2] === undefined ? [] : [inputs[2]]));
    const { compute } = nodes[0]!.attrs as LinearAttributes;
    return {
      operands: [tensorOf(nodes[0]!.inputs[0]!), ...weights, ...biases.map(tensorOf)],
      attrs: { compute, biased: biases.length > 0 },
    };
  },
};

/** Gradients of weights that read one x: nothing but assigns may wait for them. */
const WEIGHT_GRADIENTS: Join = {
  op: matmulAccumulateManyOp,
  place: 'last',
  find: (graph) => {
    const users = usersOf(graph);
    return grouped(
      graph.nodes.filter(
        (node) =>
          is(node, matmulAccumulateOp) &&
          isStored(node) &&
          node.inputs.every((v) => v === undefined || v.shape.length <= 2) &&
          !users.has(node.outputs[0]),
      ),
      (node) => `${attributeKey(node)} ${idOf(node.inputs[1])} ${idOf(node.inputs[3])}`,
    );
  },
  call: (nodes, tensorOf) => {
    const [, b, , keep] = nodes[0]!.inputs;
    const pairs = nodes.flatMap(({ inputs }) => [tensorOf(inputs[0]!), tensorOf(inputs[2]!)]);
    return {
      operands: [tensorOf(b!), tensorOf(keep!), ...pairs],
      attrs: nodes[0]!.attrs as MatmulAttributes,
    };
  },
};

/** Products that are added up one after the other. */
const SUMS: Join = {
  op: matmulSumOp,
  place: 'last',
  find: (graph) => {
    const users = usersOf(graph);
    const results = new Set(resultsOf(graph));
    const chains = new Map<Node, Node[]>();
    const isOnlyRead = (value: Value): boolean =>
      users.get(value)?.length === 1 && !results.has(value);
    for (const node of graph.nodes) {
      if (!isPlainProduct(node) || !isStored(node)) continue;
      const before = productBefore(node, isOnlyRead);
      const chain = before && chains.get(before);
      if (
        before === undefined ||
        chain === undefined ||
        chain.length === MAX_JOINED ||
        attributeKey(before) !== attributeKey(node)
      )
        chains.set(node, [node]);
      else {
        chains.delete(before);
        chains.set(node, [...chain, node]);
      }
    }
    return [...chains.values()].filter((chain) => chain.length > 1);
  },
  between: reshapesBetween,
  call: (nodes, tensorOf) => {
    const start = addedTo(nodes[0]!);
    return {
      operands: [
        start && tensorOf(start),
        ...nodes.flatMap(({ inputs }) => [tensorOf(inputs[0]!), tensorOf(inputs[1]!)]),
      ],
      attrs: nodes[0]!.attrs as MatmulAttributes,
    };
  },
};

export const JOINS: readonly Join[] = [FORWARD, WEIGHT_GRADIENTS, SUMS];

/** A product of two matrices, alone or added to something as it is. */
const isPlainProduct = (node: Node): boolean =>
  node.inputs.slice(0, 2).every((v) => v?.shape.length === 2) &&
  (is(node, matmulOp) || (is(node, matmulAccumulateOp) && isOne(node.inputs[3])));

/** The product that nothing but `node` reads, and that `node` adds to. */
function productBefore(node: Node, isOnlyRead: (value: Value) => boolean): Node | undefined {
  let value = addedTo(node);
  while (value?.node !== undefined && isOnlyRead(value) && is(value.node, reshapeOp))
    value = operandOf(value.node);
  return value !== undefined && isOnlyRead(value) && sameShape(value.shape, node.outputs[0].shape)
    ? value.node
    : undefined;
}

/** From each of the products to the next. */
function reshapesBetween(products: readonly Node[]): readonly Node[] {
  const found: Node[] = [];
  for (const product of products.slice(1))
    for (
      let node = addedTo(product)?.node;
      node !== undefined && is(node, reshapeOp);
      node = operandOf(node).node
    )
      found.unshift(node);
  return found;
}

/** What a product is added to. */
const addedTo = (node: Node): Value | undefined =>
  is(node, matmulAccumulateOp) ? node.inputs[2] : undefined;

const isOne = (value: Value | undefined): boolean =>
  value?.node !== undefined &&
  is(value.node, constantOp) &&
  Number((value.node.attrs as ConstantAttributes).data[0]) === 1;
