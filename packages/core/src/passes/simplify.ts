// Removes ops that change nothing: identity reshapes, casts, permutes, expands, slices and sums of
// one term, empty pieces of joins, views of views, products with one, and casts there and back that
// lose no bits.
import { operandOf, type Node } from '../graph/graph.js';
import { rebuild, type Visit } from '../graph/rebuild.js';
import { cast } from '../ops/cast/cast.js';
import { constantNumber } from '../ops/creation/constant.js';
import { cat } from '../ops/layout/cat.js';
import { expand } from '../ops/layout/expand.js';
import { permute } from '../ops/layout/permute.js';
import { reshape } from '../ops/layout/reshape.js';
import type { DType } from '../tensor/dtype.js';
import { sameShape, sizeAt, type Shape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Pass } from './pass.js';

/** The pass that removes ops that change nothing. */
export const simplify: Pass = {
  name: 'simplify',
  summary: 'removes identities and merges views of views',
  numerics: 'bitwise',
  run: (graph) =>
    rebuild(graph, (visit) => {
      const rule = Object.hasOwn(RULES, visit.node.op.name) ? RULES[visit.node.op.name] : undefined;
      const [x] = visit.inputs;
      const result = x === undefined ? undefined : rule?.({ ...visit, x });
      return result === undefined ? undefined : [result];
    }),
};

/** Values of the first dtype that every listed dtype holds exactly. */
const EXACT: Readonly<Record<DType, readonly DType[]>> = {
  bool: ['i32', 'i64', 'f64', 'f32', 'bf16', 'f16'],
  i32: ['i64', 'f64'],
  i64: [],
  bf16: ['f32', 'f64'],
  f16: ['f32', 'f64'],
  f32: ['f64'],
  f64: [],
};

const operandNode = (tensor: Tensor, op: string): Node | undefined =>
  tensor.value.node?.op.name === op ? tensor.value.node : undefined;

/** x, or what it is a reshape of, in another shape. */
const reshaped = (x: Tensor, shape: Shape): Tensor =>
  reshape(x.trace.tensor(operandNode(x, 'reshape')?.inputs[0] ?? x.value), shape);

/** A node, and its first operand in the new graph: all ops here have one. */
interface RuleVisit extends Visit {
  readonly x: Tensor;
}

type Rule = (visit: RuleVisit) => Tensor | undefined;

const RULES: Readonly<Record<string, Rule>> = {
  cast: ({ node, x, trace }) => {
    const to = node.outputs[0].dtype;
    if (x.dtype === to) return x;
    const inner = operandNode(x, 'cast');
    const source = inner?.inputs[0];
    return source !== undefined && EXACT[source.dtype].includes(x.dtype)
      ? cast(trace.tensor(source), to)
      : undefined;
  },
  reshape: ({ node, x }) => {
    const { shape } = node.outputs[0];
    return operandNode(x, 'reshape') !== undefined || sameShape(x.shape, shape)
      ? reshaped(x, shape)
      : undefined;
  },
  expand: ({ node, x, trace }) => {
    const { shape } = node.outputs[0];
    const inner = operandNode(x, 'expand');
    if (inner !== undefined) return expand(trace.tensor(operandOf(inner)), shape);
    return sameShape(x.shape, shape) ? expand(x, shape) : undefined;
  },
  permute: ({ node, x, trace }) => {
    const dims = node.attrs['dims'] as readonly number[];
    const inner = operandNode(x, 'permute');
    if (inner === undefined) return dims.every((d, i) => d === i) ? x : undefined;
    const first = inner.attrs['dims'] as readonly number[];
    return permute(
      trace.tensor(operandOf(inner)),
      dims.map((d) => first[d]!),
    );
  },
  sum: ({ node, x }) => {
    const [dims, type] = [node.attrs['dims'] as readonly number[], node.outputs[0]];
    return dims.length > 0 && dims.every((dim) => x.shape.at(dim) === 1) && x.dtype === type.dtype
      ? reshaped(x, type.shape)
      : undefined;
  },
  cat: ({ node, inputs }) => {
    const axis = Number(node.attrs['dim']);
    const pieces = inputs.filter((t) => t !== undefined && sizeAt(t, axis) > 0) as Tensor[];
    return pieces.length > 0 && pieces.length < inputs.length ? cat(pieces, axis) : undefined;
  },
  slice: ({ node, x }) => (sameShape(x.shape, node.outputs[0].shape) ? x : undefined),
  mul: ({ node, x, inputs: [, y] }) => timesOne(node, x, y) ?? timesOne(node, y, x),
  div: ({ node, x, inputs: [, y] }) => timesOne(node, x, y),
};

/** x where `factor` is the constant 1 and nothing is broadcast or converted. */
function timesOne(
  node: Node,
  x: Tensor | undefined,
  factor: Tensor | undefined,
): Tensor | undefined {
  const type = node.outputs[0];
  if (x === undefined || factor === undefined) return undefined;
  return isOne(factor) && x.dtype === type.dtype && sameShape(x.shape, type.shape) ? x : undefined;
}

/** True for a constant of no dimensions, or a filled tensor, of ones. */
function isOne(tensor: Tensor): boolean {
  return constantNumber(tensor) === 1 || Number(operandNode(tensor, 'full')?.attrs['value']) === 1;
}
