// Attention taken apart: softmax(scale * q k^T, capped and masked) v, as matmul and softmax or as
// one sdpa node, becomes its operands and what is done to the scores between the products.
import { type Node, sameShape, type Shape, type Value } from '@automodel/core';
import { bothOrders, madeBy, numberOf, scaled } from './match.js';
import type { Subject } from './pattern.js';

/** A tensor over scores: what is added to them, or a bool that keeps or drops them. */
export interface ScoreMask {
  readonly value: Value;
  /** Leading dimensions of the scores where it applies. */
  readonly lead: Shape;
  readonly meaning: 'added' | 'keeps' | 'drops';
}

/**
 * q[..., S, D], k[..., K, D] (or [..., D, K] when `keysTransposed`), v[..., K, V] and the result
 * [..., S, V]. Leading dimensions broadcast to `lead`, those of v to `valueLead`: the same rows and
 * heads, which one of the products may count at once.
 */
export interface AttentionParts {
  readonly q: Value;
  readonly k: Value;
  readonly keysTransposed: boolean;
  readonly v: Value;
  readonly lead: Shape;
  readonly valueLead: Shape;
  readonly scale: number;
  /** 0: none. */
  readonly softcap: number;
  readonly masks: readonly ScoreMask[];
  /** One score a head [H]. */
  readonly sinks?: Value;
  /** Causal by attribute. */
  readonly causal: boolean;
}

/** What makes a node no attention that can be fused, in words. */
export type Refusal = string;

/** A masked score is at most this. */
export const MASKED = -1e30;

interface Scores {
  readonly value: Value;
  readonly factor: number;
  readonly softcap: number;
  readonly masks: readonly ScoreMask[];
  readonly sinks?: Value;
}

/**
 * The softmax that a product takes its probabilities from; undefined where it takes something else.
 */
export function softmaxBelow(product: Node): Node | undefined {
  if (product.op.name !== 'matmul') return undefined;
  let value = product.inputs[0]!;
  for (;;) {
    const node = madeBy(value, 'softmax', 'slice', 'cast', 'reshape');
    if (node === undefined || node.op.name === 'softmax') return node;
    if (node.op.name === 'reshape' && !keepsLastTwo(node)) return undefined;
    value = node.inputs[0]!;
  }
}

const keepsLastTwo = (node: Node): boolean =>
  sameShape(node.inputs[0]!.shape.slice(-2), node.outputs[0].shape.slice(-2));

/** The parts of matmul(softmax(scores), v). */
export function takeApart(
  subject: Subject,
  product: Node,
  softmax: Node,
): AttentionParts | Refusal {
  const keys = product.inputs[0]!.shape.at(-1)!;
  const dim = Number(softmax.attrs['dim']);
  if (dim !== -1 && dim !== softmax.inputs[0]!.shape.length - 1)
    return 'the softmax is not over the last dimension';
  if (!onlyWeighs(subject, softmax.outputs[0])) return 'something else reads the probabilities';
  let scores: Scores | Refusal = { value: softmax.inputs[0]!, factor: 1, softcap: 0, masks: [] };
  for (;;) {
    const next: Scores | Refusal | undefined = peel(subject, scores, keys);
    if (next === undefined) break;
    if (typeof next === 'string') return next;
    scores = next;
  }
  const dot = madeBy(scores.value, 'matmul');
  if (dot === undefined)
    return (
      `the scores come from ${scores.value.node?.op.name ?? 'an input'} and not from a product ` +
      'of queries and keys'
    );
  if (
    softmax.inputs[0]!.shape.at(-1)! - (scores.sinks === undefined ? 0 : 1) !== keys ||
    dot.outputs[0].shape.at(-1) !== keys
  )
    return 'the probabilities are cut after the softmax';
  if (dot.inputs.some((v) => v!.shape.length < 3)) return 'the queries have no batch dimension';
  return {
    q: dot.inputs[0]!,
    k: dot.inputs[1]!,
    keysTransposed: true,
    v: product.inputs[1]!,
    lead: dot.outputs[0].shape.slice(0, -2),
    valueLead: product.outputs[0].shape.slice(0, -2),
    scale: scores.factor,
    softcap: scores.softcap,
    masks: scores.masks,
    causal: false,
    ...(scores.sinks === undefined ? {} : { sinks: scores.sinks }),
  };
}

/** True when probabilities do nothing but weigh values, of which there may be several. */
const onlyWeighs = (subject: Subject, value: Value): boolean =>
  !subject.isResult(value) &&
  subject
    .usersOf(value)
    .every((user) =>
      user.op.name === 'matmul'
        ? user.inputs[0] === value && user.inputs[1] !== value
        : ['slice', 'cast', 'reshape'].includes(user.op.name) &&
          onlyWeighs(subject, user.outputs[0]),
    );

/** One step from the softmax down towards the product; undefined at its end. */
function peel(subject: Subject, scores: Scores, keys: number): Scores | Refusal | undefined {
  const { value } = scores;
  const node = value.node;
  switch (node?.op.name) {
    case 'cast':
      return { ...scores, value: node.inputs[0]! };
    case 'reshape':
      return keepsLastTwo(node) ? { ...scores, value: node.inputs[0]! } : undefined;
    case 'sub':
      return withoutShift(scores, node);
    case 'cat':
      return withSinks(scores, node, keys);
    case 'mul':
    case 'div':
    case 'tanh':
      return rescaled(scores);
    case 'add':
    case 'where':
      return masked(subject, scores, node);
    case 'maximum':
      return bounded(scores, node);
    default:
      return undefined;
  }
}

/** A number for each row leaves the softmax as it is. */
function withoutShift(scores: Scores, node: Node): Scores | undefined {
  const [x, row] = node.inputs as [Value, Value];
  return sameShape(x.shape, node.outputs[0].shape) && (row.shape.at(-1) ?? 1) === 1
    ? { ...scores, value: x }
    : undefined;
}

/** Scores joined with one column that is the same for all queries of a head. */
function withSinks(scores: Scores, node: Node, keys: number): Scores | Refusal | undefined {
  const [x, column] = node.inputs as [Value, Value];
  if (
    node.inputs.length !== 2 ||
    column.shape.at(-1) !== 1 ||
    x.shape.at(-1) !== keys ||
    scores.sinks !== undefined ||
    scores.factor !== 1 ||
    scores.masks.length > 0
  )
    return undefined;
  const source = madeBy(column, 'expand')?.inputs[0] ?? column;
  const heads = column.shape.length - 3;
  const perHead =
    source.shape.length === column.shape.length &&
    column.shape.length === 4 &&
    source.shape.every((d, axis) => axis === heads || d === 1) &&
    source.shape[heads] === column.shape[heads];
  return perHead
    ? { ...scores, value: x, sinks: source }
    : 'a column is joined to the scores that is not one number for each head';
}

/** factor * c * s, or factor * tanh(s): a cap at `factor`. */
function rescaled(scores: Scores): Scores | undefined {
  const times = scaled(scores.value);
  if (times !== undefined)
    return { ...scores, value: times.x, factor: scores.factor * times.factor };
  const node = madeBy(scores.value, 'tanh');
  return node === undefined || scores.softcap !== 0 || scores.factor <= 0
    ? undefined
    : { ...scores, value: node.inputs[0]!, softcap: scores.factor, factor: 1 };
}

function masked(subject: Subject, scores: Scores, node: Node): Scores | Refusal | undefined {
  // A masked score stays one when it is scaled, within reason.
  if (scores.softcap !== 0 || scores.factor < 1e-6)
    return 'the scores are capped or turned round after they are masked';
  const shape = node.outputs[0].shape;
  const take = (value: Value, mask: Pick<ScoreMask, 'value' | 'meaning'>): Scores | undefined =>
    sameShape(value.shape, shape)
      ? { ...scores, value, masks: [...scores.masks, { ...mask, lead: shape.slice(0, -2) }] }
      : undefined;
  if (node.op.name === 'add') {
    for (const [x, mask] of bothOrders(node))
      if (!subject.isData(x) && subject.isData(mask))
        return take(x, { value: mask, meaning: 'added' });
    return 'a learned bias is added to the scores';
  }
  const [condition, a, b] = node.inputs as [Value, Value, Value];
  if (isMasked(b)) return take(a, { value: condition, meaning: 'keeps' });
  return isMasked(a) ? take(b, { value: condition, meaning: 'drops' }) : undefined;
}

/** Masked scores may be kept from becoming infinite. */
function bounded(scores: Scores, node: Node): Scores | undefined {
  const bound = bothOrders(node).find(
    ([x, least]) => isMasked(least) && sameShape(x.shape, node.outputs[0].shape),
  );
  return bound === undefined ? undefined : { ...scores, value: bound[0] };
}

const isMasked = (value: Value): boolean => (numberOf(value) ?? 0) <= MASKED;

/** The parts of an sdpa node. */
export function sdpaParts(node: Node): AttentionParts {
  const [q, k, v, mask, sinks] = node.inputs;
  const attrs = node.attrs as {
    readonly scale: number;
    readonly softcap: number;
    readonly causal: boolean;
  };
  const masks: ScoreMask[] =
    mask === undefined
      ? []
      : [
          {
            value: mask,
            lead: q!.shape.slice(0, 2),
            meaning: mask.dtype === 'bool' ? 'keeps' : 'added',
          },
        ];
  // With a cap the factor is that of the dot products before it, in both spellings.
  return {
    q: q!,
    k: k!,
    keysTransposed: false,
    v: v!,
    lead: q!.shape.slice(0, 2),
    valueLead: q!.shape.slice(0, 2),
    scale: attrs.softcap > 0 ? attrs.scale / attrs.softcap : attrs.scale,
    softcap: attrs.softcap,
    masks,
    causal: attrs.causal,
    ...(sinks === undefined ? {} : { sinks }),
  };
}

/** What multiplies q k^T before the cap: softcap * tanh(scale / softcap * q k^T). */
export const scoreScale = (parts: AttentionParts): number =>
  parts.softcap > 0 ? parts.scale * parts.softcap : parts.scale;
