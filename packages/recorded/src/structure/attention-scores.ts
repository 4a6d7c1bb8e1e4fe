// What recorded attention does to its scores between the product of queries and keys and the
// softmax: scaling, a soft cap, masks and sinks, peeled off one by one from the softmax down.
import {
  type Node,
  operandOf,
  operandsOf,
  sameShape,
  type Shape,
  type Value,
} from '@automodel/core';
import {
  bothOrders,
  isFactor,
  isFloatCast,
  madeBy,
  numberOf,
  reducesLast,
  scaled,
} from './recognize-value.js';
import type { Subject } from './pattern.js';

/** A tensor over scores: what is added to them, or a bool that keeps or drops them. */
export interface ScoreMask {
  readonly value: Value;
  /** Leading dimensions of the scores where it applies. */
  readonly lead: Shape;
  readonly meaning: 'added' | 'keeps' | 'drops';
}

/** Why a node is not attention that can be fused, in words. */
export type Refusal = string;

/** A masked score is at most this. */
export const MASKED = -1e30;

/** Scores, and what has been peeled off above them. */
export interface Scores {
  readonly value: Value;
  readonly factor: number;
  readonly softcap: number;
  readonly masks: readonly ScoreMask[];
  readonly sinks?: Value;
}

export const keepsLastTwo = (node: Node): boolean =>
  sameShape(operandOf(node).shape.slice(-2), node.outputs[0].shape.slice(-2));

/** The scores below `value`, the operand of a softmax over `keys` keys. */
export function peeledScores(subject: Subject, value: Value, keys: number): Scores | Refusal {
  let scores: Scores = { value, factor: 1, softcap: 0, masks: [] };
  for (;;) {
    const next = peel(subject, scores, keys);
    if (next === undefined) return scores;
    if (typeof next === 'string') return next;
    scores = next;
  }
}

/** One step from the softmax down towards the product; undefined at its end. */
function peel(subject: Subject, scores: Scores, keys: number): Scores | Refusal | undefined {
  const { value } = scores;
  const node = value.node;
  switch (node?.op.name) {
    case 'cast':
      return isFloatCast(value) ? { ...scores, value: operandOf(node) } : undefined;
    case 'reshape':
      return keepsLastTwo(node) ? { ...scores, value: operandOf(node) } : undefined;
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

/**
 * The largest score of each row leaves the softmax as it is, unless a sink or a cap tells it apart.
 * Another number for each row may be that of a masked score, next to which the others are lost.
 */
function withoutShift(scores: Scores, node: Node): Scores | undefined {
  const [x, row] = operandsOf(node, 2);
  return scores.sinks === undefined && scores.softcap === 0 && isLargestOfRows(row, x)
    ? { ...scores, value: x }
    : undefined;
}

/** max(x, -1), or what stands in x where argmax(x, -1) says. */
function isLargestOfRows(row: Value, x: Value): boolean {
  const node = madeBy(madeBy(row, 'detach')?.inputs[0] ?? row, 'max', 'gather');
  if (node === undefined || operandOf(node) !== x) return false;
  if (node.op.name === 'max') return reducesLast(node);
  const last = x.shape.length - 1;
  const place = madeBy(operandOf(node, 1), 'argmax');
  return (
    place !== undefined &&
    operandOf(place) === x &&
    [node, place].every(({ attrs }) => attrs['dim'] === last) &&
    place.attrs['keepdim'] === true
  );
}

/** Scores joined with one column that is the same for all queries of a head. */
function withSinks(scores: Scores, node: Node, keys: number): Scores | Refusal | undefined {
  const [x, column] = node.inputs;
  if (
    x === undefined ||
    column === undefined ||
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
  if (times !== undefined) {
    const factor = scores.factor * times.factor;
    return isFactor(factor) ? { ...scores, value: times.x, factor } : undefined;
  }
  const node = madeBy(scores.value, 'tanh');
  return node === undefined || scores.softcap !== 0 || scores.factor <= 0
    ? undefined
    : { ...scores, value: operandOf(node), softcap: scores.factor, factor: 1 };
}

function masked(subject: Subject, scores: Scores, node: Node): Scores | Refusal | undefined {
  // A masked score stays masked when it is scaled, within reason.
  if (scores.softcap !== 0 || scores.factor < 1e-6)
    return 'the scores are capped or negated after they are masked';
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
  const [condition, a, b] = operandsOf(node, 3);
  if (isMasked(b)) return take(a, { value: condition, meaning: 'keeps' });
  return isMasked(a) ? take(b, { value: condition, meaning: 'drops' }) : undefined;
}

/** Masked scores may be bounded, so that they do not become infinite. */
function bounded(scores: Scores, node: Node): Scores | undefined {
  const bound = bothOrders(node).find(
    ([x, least]) => isMasked(least) && sameShape(x.shape, node.outputs[0].shape),
  );
  return bound === undefined ? undefined : { ...scores, value: bound[0] };
}

const isMasked = (value: Value): boolean => (numberOf(value) ?? 0) <= MASKED;
