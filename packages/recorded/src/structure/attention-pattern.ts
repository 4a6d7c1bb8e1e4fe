// attention from products, masks and a softmax: rows of the batch become segments of packed tokens,
// and a mask that is causal, windowed or marks padding is never made. Rows are padded at their end,
// so a row's segment is its real tokens, counted from attention_mask; padding queries give zeros.
import {
  add,
  attention,
  cast,
  constant,
  type DType,
  mul,
  narrow,
  type Node,
  pad,
  permute,
  reshape,
  type Shape,
  sizeAt,
  sizeOf,
  sum,
  type Tensor,
  type Value,
} from '@automodel/core';
import { headOperand, type HeadOperand, type HeadSpace } from './attention-operands.js';
import {
  scoreScale,
  sdpaParts,
  softmaxBelow,
  takeApart,
  type AttentionParts,
} from './attention-parts.js';
import type { Refusal } from './attention-scores.js';
import { MaskKinds, type MaskKind } from './mask-kind.js';
import type { MissedStructure } from '@automodel/contracts';
import type { Emission, Emit, Pattern, Subject } from './pattern.js';

/** `attentionMask`: the batch input that marks real tokens. */
export const attentions = (attentionMask: string | undefined): Pattern => ({
  name: 'fuse-attention',
  summary: 'attention over segments from products, masks and softmax',
  find: (subject) => {
    const matches = new Map<Node, Emit>();
    const missed: MissedStructure[] = [];
    const mask = subject.graph.inputs.find(
      (v) => v.input.kind === 'batch' && v.input.name === attentionMask,
    );
    const kinds = new MaskKinds(mask);
    for (const node of subject.graph.nodes) {
      const softmax = softmaxBelow(node);
      const isEmpty = sizeOf(node.outputs[0].shape) === 0;
      if (isEmpty || (softmax === undefined && node.op.name !== 'sdpa')) continue;
      const parts = softmax === undefined ? sdpaParts(node) : takeApart(subject, node, softmax);
      const match =
        typeof parts === 'string' ? parts : resolve(parts, node.outputs[0].dtype, mask, kinds);
      if (typeof match === 'string')
        missed.push({ pattern: 'fuse-attention', scope: node.scope, reason: match });
      else matches.set(node, (emission) => emitAttention(emission, match, node.outputs[0].shape));
    }
    return { matches, missed: [...missed, ...otherSoftmaxes(subject)] };
  },
});

/**
 * Softmaxes over as many entries as there are rows that feed no product: attention spelled
 * otherwise.
 */
function otherSoftmaxes({ graph, usersOf }: Subject): MissedStructure[] {
  return graph.nodes.flatMap((node) => {
    const { shape } = node.outputs[0];
    if (node.op.name !== 'softmax' || shape.length < 3 || shape.at(-1) !== shape.at(-2)) return [];
    const readers = new Set(usersOf(node.outputs[0]).map((user) => user.op.name));
    return readers.size === 0 ||
      ['matmul', 'slice', 'cast', 'reshape'].some((name) => readers.has(name))
      ? []
      : [
          {
            pattern: 'fuse-attention',
            scope: node.scope,
            reason: `the probabilities go into ${[...readers].join(' and ')}`,
          },
        ];
  });
}

interface Match {
  readonly parts: AttentionParts;
  readonly space: HeadSpace;
  readonly kind: MaskKind;
  readonly q: HeadOperand;
  readonly k: HeadOperand;
  readonly v: HeadOperand;
  readonly attentionMask: Value | undefined;
}

function resolve(
  parts: AttentionParts,
  dtype: DType,
  attentionMask: Value | undefined,
  kinds: MaskKinds,
): Match | Refusal {
  if ([parts.q, parts.k, parts.v].some((v) => v.dtype !== dtype))
    return 'queries, keys and values are of several dtypes';
  const space = spaceOf(parts, attentionMask);
  if (typeof space === 'string') return space;
  const kind = kinds.of(parts.masks, parts.causal, space);
  if (typeof kind === 'string') return kind;
  if (parts.sinks !== undefined && sizeOf(parts.sinks.shape) !== space.heads)
    return 'the sinks are not one number for each head';
  const q = headOperand(parts.q, space, { scalable: true });
  const keysAndValues = (
    grouped: boolean,
  ): { readonly k: HeadOperand; readonly v: HeadOperand } => ({
    k: headOperand(parts.k, space, { transposed: parts.keysTransposed, scalable: true, grouped }),
    v: headOperand(parts.v, { ...space, lead: parts.valueLead }, { grouped }),
  });
  const once = keysAndValues(true);
  const fits = once.k.heads === once.v.heads && space.heads % once.k.heads === 0;
  return { parts, space, kind, q, ...(fits ? once : keysAndValues(false)), attentionMask };
}

/** Rows of the batch come first; without a mask input they are what the first dimension counts. */
function spaceOf(
  { q, k, keysTransposed, lead }: AttentionParts,
  attentionMask: Value | undefined,
): HeadSpace | Refusal {
  const [length, keys] = [sizeAt(q, -2), sizeAt(k, keysTransposed ? -1 : -2)];
  if (length === 0 || sizeAt(q, -1) === 0) return 'the queries are empty';
  if (length !== keys) return `${length} queries attend to ${keys} keys`;
  const rows = attentionMask === undefined ? (lead[0] ?? 1) : sizeOf(attentionMask.shape) / length;
  const count = sizeOf(lead);
  const first = lead[0] === rows || lead.length === 1;
  if (!Number.isInteger(rows) || rows < 1 || count % rows !== 0 || !first)
    return `scores [${lead.join()},${length},${keys}] are not made of the rows of the batch`;
  return { lead, batch: rows, heads: count / rows, length };
}

function emitAttention(
  emission: Emission,
  { parts, space, kind, q, k, v, attentionMask }: Match,
  shape: Shape,
): Tensor {
  const { batch, heads, length } = space;
  const width = Math.max(q.width, v.width);
  const rows = (operand: HeadOperand): Tensor => {
    const x = operand.emit(emission);
    return operand.width === width ? x : pad(x, [0, width - operand.width]);
  };
  const segments =
    kind.padded && attentionMask !== undefined
      ? paddedSegments(emission.tensorOf(attentionMask), batch, length)
      : constant(wholeRows(batch, length), [batch, 4], 'i32', emission.trace);
  const sinks =
    parts.sinks === undefined ? undefined : reshape(emission.tensorOf(parts.sinks), [heads]);
  const attrs = {
    scale: scoreScale(parts) * q.factor * k.factor,
    softcap: parts.softcap,
    window: kind.window,
    causal: kind.causal,
  };
  const mixed = attention(rows(q), rows(k), rows(v), segments, attrs, sinks);
  const kept = v.width === width ? mixed : narrow(mixed, 2, 0, v.width);
  return reshape(permute(reshape(kept, [batch, length, heads, v.width]), [0, 2, 1, 3]), shape);
}

const wholeRows = (batch: number, length: number): number[] =>
  Array.from({ length: batch }, (_, b) => [b * length, length, b * length, length]).flat();

/** Rows (b*S, real tokens, b*S, real tokens). */
function paddedSegments(mask: Tensor, batch: number, length: number): Tensor {
  const real = cast(sum(cast(reshape(mask, [batch, length]), 'i32'), [1], true), 'i32');
  const starts = Array.from({ length: batch }, (_, b) => [b * length, 0, b * length, 0]).flat();
  return add(
    mul(real, constant([0, 1, 0, 1], [1, 4], 'i32', mask.trace)),
    constant(starts, [batch, 4], 'i32', mask.trace),
  );
}
