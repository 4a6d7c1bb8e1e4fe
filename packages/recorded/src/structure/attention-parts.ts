// Attention taken apart: softmax(scale * q k^T, capped and masked) v, as matmul and softmax or as
// one sdpa node, becomes its operands and what is done to the scores between the products.
import {
  type Node,
  operandOf,
  operandsOf,
  sameShape,
  type Shape,
  sizeOf,
  type Value,
} from '@automodel/core';
import { keepsLastTwo, peeledScores, type Refusal, type ScoreMask } from './attention-scores.js';
import { isFloatCast, madeBy } from './recognize-value.js';
import type { Subject } from './pattern.js';

/**
 * q[..., S, D], k[..., K, D] (or [..., D, K] when `keysTransposed`), v[..., K, V] and the result
 * [..., S, V]. Leading dimensions broadcast to `lead`, those of v to `valueLead`: the same rows and
 * heads, which one of the products may join into one dimension.
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
  /** One score for each head [H]. */
  readonly sinks?: Value;
  /** Causal by attribute. */
  readonly causal: boolean;
}

/**
 * The softmax that a product takes its probabilities from; undefined where it takes something else.
 */
export function softmaxBelow(product: Node): Node | undefined {
  if (product.op.name !== 'matmul') return undefined;
  let value = operandOf(product);
  for (;;) {
    const node = madeBy(value, 'softmax', 'slice', 'cast', 'reshape');
    if (node === undefined || node.op.name === 'softmax') return node;
    if (!keepsProbabilities(node)) return undefined;
    value = operandOf(node);
  }
}

/** True where probabilities stay those of their query and key; the last keys may be cut off. */
function keepsProbabilities(node: Node): boolean {
  if (node.op.name === 'reshape') return keepsLastTwo(node);
  if (node.op.name === 'cast') return isFloatCast(node.outputs[0]);
  const list = (name: string): readonly number[] => node.attrs[name] as readonly number[];
  const [from, to] = [operandOf(node).shape, node.outputs[0].shape];
  return (
    list('start').every((start) => start === 0) &&
    list('step').every((step) => step === 1) &&
    sameShape(from.slice(0, -1), to.slice(0, -1))
  );
}

/** The parts of matmul(softmax(scores), v). */
export function takeApart(
  subject: Subject,
  product: Node,
  softmax: Node,
): AttentionParts | Refusal {
  const [weights, v] = operandsOf(product, 2);
  const keys = weights.shape.at(-1) ?? 0;
  const scored = operandOf(softmax);
  const dim = Number(softmax.attrs['dim']);
  if (dim !== -1 && dim !== scored.shape.length - 1)
    return 'the softmax is not over the last dimension';
  if (!onlyWeighs(subject, softmax.outputs[0])) return 'something else reads the probabilities';
  const scores = peeledScores(subject, scored, keys);
  if (typeof scores === 'string') return scores;
  const dot = madeBy(scores.value, 'matmul');
  if (dot === undefined)
    return (
      `the scores come from ${scores.value.node?.op.name ?? 'an input'} and not from a product ` +
      'of queries and keys'
    );
  if (
    scored.shape.at(-1) !== keys + (scores.sinks === undefined ? 0 : 1) ||
    dot.outputs[0].shape.at(-1) !== keys
  )
    return 'the probabilities are cut after the softmax';
  const [q, k] = operandsOf(dot, 2);
  if (q.shape.length < 3 || k.shape.length < 3) return 'the queries have no batch dimension';
  const lead = dot.outputs[0].shape.slice(0, -2);
  const valueLead = product.outputs[0].shape.slice(0, -2);
  if (sizeOf(lead) !== sizeOf(valueLead)) return 'the values have rows or heads of their own';
  return {
    q,
    k,
    keysTransposed: true,
    v,
    lead,
    valueLead,
    scale: scores.factor,
    softcap: scores.softcap,
    masks: scores.masks,
    causal: false,
    ...(scores.sinks === undefined ? {} : { sinks: scores.sinks }),
  };
}

/** True when probabilities do nothing but weigh values, of which there may be several. */
function onlyWeighs(subject: Subject, probabilities: Value): boolean {
  const pending = [probabilities];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (subject.isResult(value)) return false;
    for (const user of subject.usersOf(value)) {
      if (['slice', 'cast', 'reshape'].includes(user.op.name)) pending.push(user.outputs[0]);
      else if (user.op.name !== 'matmul' || user.inputs[0] !== value || user.inputs[1] === value)
        return false;
    }
  }
  return true;
}

/** The parts of an sdpa node. */
export function sdpaParts(node: Node): AttentionParts {
  const [q, k, v] = [operandOf(node, 0), operandOf(node, 1), operandOf(node, 2)];
  const [mask, sinks] = node.inputs.slice(3);
  const attrs = node.attrs as {
    readonly scale: number;
    readonly softcap: number;
    readonly causal: boolean;
  };
  const lead = q.shape.slice(0, 2);
  const meaning = mask?.dtype === 'bool' ? 'keeps' : 'added';
  // With a cap the factor is that of the dot products before it, in both spellings.
  return {
    q,
    k,
    keysTransposed: false,
    v,
    lead,
    valueLead: lead,
    scale: attrs.softcap > 0 ? attrs.scale / attrs.softcap : attrs.scale,
    softcap: attrs.softcap,
    masks: mask === undefined ? [] : [{ value: mask, lead, meaning }],
    causal: attrs.causal,
    ...(sinks === undefined ? {} : { sinks }),
  };
}

/** What multiplies q k^T before the cap: softcap * tanh(scale / softcap * q k^T). */
export const scoreScale = (parts: AttentionParts): number =>
  parts.softcap > 0 ? parts.scale * parts.softcap : parts.scale;
