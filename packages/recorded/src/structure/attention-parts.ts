// Attention taken apart: softmax(scale * q k^T, capped and masked) v, as matmul and softmax or as
// one sdpa node, becomes its operands and what is done to the scores between the products.
import type { Node, Shape, Value } from '@automodel/core';
import { keepsLastTwo, peeledScores, type Refusal, type ScoreMask } from './attention-scores.js';
import { madeBy } from './recognize-value.js';
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
  let value = product.inputs[0]!;
  for (;;) {
    const node = madeBy(value, 'softmax', 'slice', 'cast', 'reshape');
    if (node === undefined || node.op.name === 'softmax') return node;
    if (node.op.name === 'reshape' && !keepsLastTwo(node)) return undefined;
    value = node.inputs[0]!;
  }
}

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
  const scores = peeledScores(subject, softmax.inputs[0]!, keys);
  if (typeof scores === 'string') return scores;
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
