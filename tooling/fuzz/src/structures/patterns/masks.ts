// Masks over scores [.., S, S]: causal, windowed, of padding, open, and some that are none of
// these; as numbers that are added or as bools.
import type { Written } from '../graph-writer.js';
import type { PatternWriter } from '../pattern-writer.js';

export interface Mask {
  readonly value: Written | null;
  /** True: it keeps scores; false: it is added to them. */
  readonly bool: boolean;
}

const LEAST = -3.4028234663852886e38;

function positions(w: PatternWriter, shape: readonly number[]): Written {
  const { S } = w.sizes;
  const line = w.op('arange', [], { attrs: { start: 0, step: 1 }, shape: [S], dtype: 'i64' });
  return w.op('reshape', [line], { shape });
}

/** bool [1, 1, S, S]: keys up to each query, or those of the last two. */
function causal(w: PatternWriter): Written {
  const { S } = w.sizes;
  const [keys, queries] = [positions(w, [1, 1, 1, S]), positions(w, [1, 1, S, 1])];
  const before = w.op(w.chance(8) ? 'lt' : 'le', [keys, queries]);
  if (!w.chance(3)) return before;
  return w.op('and', [before, w.op('gt', [keys, w.op('sub', [queries, 2n])])]);
}

/** bool [B, 1, 1, S] */
function real(w: PatternWriter): Written {
  const { B, S } = w.sizes;
  const flat = w.op('reshape', [w.attentionMask()], { shape: [B, 1, 1, S] });
  return w.chance(2) ? w.op('cast', [flat], { attrs: { to: 'bool' } }) : w.op('ne', [flat, 0n]);
}

function keeps(w: PatternWriter): Written {
  switch (w.random.below(4)) {
    case 0:
      return real(w);
    case 1:
      return causal(w);
    default:
      return w.op('and', [causal(w), real(w)]);
  }
}

/** float [1, 1, S, S] of a triangle. */
function triangle(w: PatternWriter): Written {
  const { S } = w.sizes;
  const full = w.op('full', [], { attrs: { value: LEAST }, shape: [S, S] });
  const upper = w.op('triu', [full], { attrs: { diagonal: 1 } });
  return w.op('reshape', [upper], { shape: [1, 1, S, S] });
}

export function mask(w: PatternWriter): Mask {
  const { B, S, H } = w.sizes;
  switch (w.random.below(9)) {
    case 0:
      return { value: null, bool: false };
    case 1:
      return { value: triangle(w), bool: false };
    case 2:
      return { value: w.constant([S, S], 'bool'), bool: true };
    case 3:
      return { value: w.chance(2) ? w.param([H, S, S]) : w.constant([1, 1, S, S]), bool: false };
    case 4:
    case 5: {
      const kept = keeps(w);
      return { value: w.op('where', [kept, 0, LEAST]), bool: false };
    }
    case 6: {
      const kept = w.op('expand', [keeps(w)], { shape: [B, 1, S, S] });
      return { value: kept, bool: true };
    }
    default:
      return { value: keeps(w), bool: true };
  }
}
