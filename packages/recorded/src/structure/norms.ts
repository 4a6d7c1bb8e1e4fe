// rms_norm and layer_norm from primitives: x / sqrt(mean(x^2) + eps) over the last dimension, with
// the weight, 1 + weight and bias that only it is multiplied with and added to.
// A norm of differences from the mean is a layer_norm. L2 norms (sums instead of means) are
// neither.
import {
  layerNorm,
  type Node,
  operandOf,
  operandsOf,
  permute,
  reshape,
  rmsNorm,
  sameShape,
  type Tensor,
  type Value,
} from '@automodel/core';
import { bothOrders, madeBy, numberOf, reducesLast, scaled, shifted } from './recognize-value.js';
import type { MissedStructure } from '@automodel/contracts';
import type { Emission, Emit, Pattern, Subject } from './pattern.js';

export const norms: Pattern = {
  name: 'fuse-norms',
  summary: 'rms_norm and layer_norm from primitives',
  find: (subject) => {
    const matches = new Map<Node, Emit>();
    const used = new Set<Value>();
    for (const node of subject.graph.nodes) {
      const norm = matchNorm(node);
      if (norm === undefined) continue;
      used.add(norm.meanSquare);
      const whole = withAffine(subject, norm);
      matches.set(whole.end, (emission) => emitNorm(emission, whole));
    }
    return { matches, missed: missedNorms(subject, used) };
  },
};

interface Norm {
  readonly x: Value;
  readonly eps: number;
  readonly centered: boolean;
  readonly meanSquare: Value;
  readonly weight?: Value;
  readonly offset: number;
  readonly bias?: Value;
  /** The last node of the pattern. */
  readonly end: Node;
}

/** x * r or x / s, where r = 1 / s is the reciprocal root mean square of x. */
function matchNorm(node: Node): Norm | undefined {
  const isProduct = node.op.name === 'mul';
  if (!isProduct && node.op.name !== 'div') return undefined;
  const { shape } = node.outputs[0];
  for (const [x, r] of isProduct ? bothOrders(node) : [operandsOf(node, 2)]) {
    const found = isProduct ? reciprocalRoot(r) : root(r);
    if (found?.x !== x || shape.length === 0 || !sameShape(x.shape, shape)) continue;
    const source = meanSubtracted(x);
    return {
      x: source ?? x,
      centered: source !== undefined,
      eps: found.eps,
      meanSquare: found.meanSquare,
      offset: 0,
      end: node,
    };
  }
  return undefined;
}

interface RootMeanSquare {
  readonly x: Value;
  readonly eps: number;
  readonly meanSquare: Value;
}

/** 1 / sqrt(mean(x^2) + eps) in any spelling. */
function reciprocalRoot(value: Value): RootMeanSquare | undefined {
  const node = madeBy(value, 'rsqrt', 'reciprocal', 'div', 'pow', 'expand');
  if (node === undefined) return undefined;
  const first = operandOf(node);
  switch (node.op.name) {
    case 'rsqrt':
      return stabilized(first);
    case 'reciprocal':
      return root(first);
    case 'div':
      return numberOf(first) === 1 ? root(operandOf(node, 1)) : undefined;
    case 'pow':
      return numberOf(operandOf(node, 1)) === -0.5 ? stabilized(first) : undefined;
    default:
      return first.node?.op.name === 'expand' ? undefined : reciprocalRoot(first);
  }
}

/** sqrt(mean(x^2) + eps). */
function root(value: Value): RootMeanSquare | undefined {
  const node = madeBy(value, 'sqrt', 'pow');
  if (node === undefined || (node.op.name === 'pow' && numberOf(node.inputs[1]) !== 0.5))
    return undefined;
  return stabilized(operandOf(node));
}

function stabilized(value: Value): RootMeanSquare | undefined {
  const sum = shifted(value);
  const [meanSquare, eps] = sum === undefined ? [value, 0] : [sum.x, sum.term];
  const x = squareBelowMean(meanSquare);
  return x === undefined ? undefined : { x, eps, meanSquare };
}

/** x of mean(x^2) over the last dimension; the mean may be a sum times 1/D. */
function squareBelowMean(value: Value): Value | undefined {
  const averaged = meanOverLast(value);
  const node = madeBy(averaged, 'mul', 'pow');
  if (node === undefined) return undefined;
  const [a, b] = operandsOf(node, 2);
  return (node.op.name === 'mul' ? a === b : numberOf(b) === 2) ? a : undefined;
}

/** y of mean(y) over the last dimension, which is kept or put back. */
function meanOverLast(value: Value): Value | undefined {
  const back = madeBy(value, 'reshape');
  if (back !== undefined) {
    const inner = madeBy(back.inputs[0], 'mean');
    const y = inner?.inputs[0];
    if (inner === undefined || y === undefined) return undefined;
    const dims = inner.attrs['dims'] as readonly number[];
    return dims.length === 1 &&
      dims[0] === y.shape.length - 1 &&
      sameShape(value.shape, [...y.shape.slice(0, -1), 1])
      ? y
      : undefined;
  }
  const mean = madeBy(value, 'mean');
  if (mean !== undefined) return reducesLast(mean) ? mean.inputs[0] : undefined;
  const share = scaled(value);
  const sum = madeBy(share?.x, 'sum');
  const y = sum?.inputs[0];
  if (share === undefined || sum === undefined || y === undefined || !reducesLast(sum))
    return undefined;
  return Math.abs(share.factor * (y.shape.at(-1) ?? 1) - 1) < 1e-12 ? y : undefined;
}

/** z of z - mean(z). */
function meanSubtracted(value: Value): Value | undefined {
  const node = madeBy(value, 'sub');
  if (node === undefined) return undefined;
  const [z, average] = operandsOf(node, 2);
  return meanOverLast(average) === z ? z : undefined;
}

/** The norm with the weight and bias that follow it, where nothing else reads what is between. */
function withAffine(subject: Subject, bare: Norm): Norm {
  let norm = bare;
  const weighted = nextWithRow(subject, norm.end, 'mul');
  if (weighted !== undefined) {
    const plusOne = shifted(weighted.row);
    norm =
      plusOne?.term === 1
        ? { ...norm, weight: plusOne.x, offset: 1, end: weighted.node }
        : { ...norm, weight: weighted.row, end: weighted.node };
  }
  // layer_norm knows no offset: 1 + weight stays an operand of its own.
  if (!norm.centered) return norm;
  if (weighted !== undefined) norm = { ...norm, weight: weighted.row, offset: 0 };
  const biased = nextWithRow(subject, norm.end, 'add');
  return biased === undefined ? norm : { ...norm, bias: biased.row, end: biased.node };
}

/**
 * The only reader of a node, when it multiplies with (or adds) one number for each entry of the
 * last dimension.
 */
function nextWithRow(
  subject: Subject,
  node: Node,
  op: 'mul' | 'add',
): { readonly node: Node; readonly row: Value } | undefined {
  const value = node.outputs[0];
  const [next] = subject.usersOf(value);
  if (
    next === undefined ||
    next.op.name !== op ||
    !subject.onlyFor(value, next) ||
    !sameShape(next.outputs[0].shape, value.shape)
  )
    return undefined;
  const width = value.shape.at(-1) ?? 1;
  const [first, second] = operandsOf(next, 2);
  const row = first === value ? second : first;
  const fits =
    row !== value &&
    width > 1 &&
    row.shape.at(-1) === width &&
    row.shape.slice(0, -1).every((d) => d === 1);
  return fits ? { node: next, row } : undefined;
}

/** Norms of permuted rows are permuted norms, which later passes can move on. */
function emitNorm({ tensorOf }: Emission, norm: Norm): Tensor {
  const moved = madeBy(norm.x, 'permute');
  const dims = (moved?.attrs['dims'] ?? []) as readonly number[];
  const inside = moved !== undefined && dims.at(-1) === dims.length - 1;
  const x = tensorOf(inside ? operandOf(moved) : norm.x);
  const row = (value: Value | undefined): Tensor | undefined =>
    value === undefined ? undefined : reshape(tensorOf(value), [x.shape.at(-1) ?? 1]);
  const y = norm.centered
    ? layerNorm(x, row(norm.weight), row(norm.bias), norm.eps)
    : rmsNorm(x, row(norm.weight), norm.eps, norm.offset);
  return inside ? permute(y, dims) : y;
}

function missedNorms(subject: Subject, used: ReadonlySet<Value>): MissedStructure[] {
  return subject.graph.nodes.flatMap((node) => {
    const found =
      node.op.name === 'rsqrt' || node.op.name === 'sqrt' ? stabilized(operandOf(node)) : undefined;
    if (found === undefined || used.has(found.meanSquare)) return [];
    return [
      {
        pattern: norms.name,
        scope: node.scope,
        reason:
          'the root of a mean of squares divides a different value than the one it was taken of',
      },
    ];
  });
}
