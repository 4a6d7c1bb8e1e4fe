// Packed documents as attention sees them: int32 rows (q_start, q_length, k_start, k_length), one
// for each document; unused rows, at the end, have q_length 0.
import type { TensorType } from '../../graph/graph.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import { sizesOf } from '../../tensor/shape.js';

export interface Segment {
  readonly queryStart: number;
  readonly queryLength: number;
  readonly keyStart: number;
  readonly keyLength: number;
}

/** The used rows of a segments tensor i32[S,4]. */
export function readSegments(segments: HostTensor): Segment[] {
  const result: Segment[] = [];
  const [rows] = sizesOf(segments, 2);
  for (let s = 0; s < rows; s++) {
    const [queryStart, queryLength, keyStart, keyLength] = [0, 1, 2, 3].map((i) =>
      Number(segments.data[4 * s + i]),
    ) as [number, number, number, number];
    if (queryLength > 0) result.push({ queryStart, queryLength, keyStart, keyLength });
  }
  return result;
}

/**
 * The keys [from, to) that query `i` of a segment may see: it stands at position keyLength -
 * queryLength + i; `window` counts the query itself, 0 means none.
 */
export function visibleKeys(
  segment: Segment,
  i: number,
  causal: boolean,
  window: number,
): readonly [from: number, to: number] {
  const position = segment.keyLength - segment.queryLength + i;
  const to = causal ? Math.min(position + 1, segment.keyLength) : segment.keyLength;
  return [window > 0 ? Math.max(0, position - window + 1) : 0, Math.max(0, to)];
}

/**
 * The number of (query, key) pairs of q[Tq,H,D] and k[Tk,Hk,D] over all heads if the tokens are S
 * documents of equal length: the fewest that S documents can have.
 */
export function visiblePairs(
  q: TensorType,
  k: TensorType,
  segments: TensorType,
  { causal, window }: { readonly causal: boolean; readonly window: number },
): number {
  const [queries, heads] = sizesOf(q, 3);
  const [documents] = sizesOf(segments, 2);
  const keys = sizesOf(k, 3)[0] / documents;
  const seen = causal && queries > documents ? keys / 2 : keys;
  return heads * queries * (window > 0 ? Math.min(window, seen) : seen);
}
