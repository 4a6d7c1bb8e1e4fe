// Attention in its spellings: products and softmax, sdpa, or one operation; scale, soft cap, masks
// of many kinds, sinks, heads that are repeated, and one projection that is cut into three.
import type { Given, Written } from '../graph-writer.js';
import type { PatternWriter } from '../pattern-writer.js';
import { rotation } from './rotations.js';
import { mask, type Mask } from './masks.js';

interface Heads {
  readonly q: Written;
  readonly k: Written;
  readonly v: Written;
}

/** [B, S, heads * D] as [B, heads, S, D]. */
function split(w: PatternWriter, x: Written, heads: number): Written {
  const { B, S, D } = w.sizes;
  const apart = w.op('reshape', [x], { shape: [B, S, heads, D] });
  return w.op('permute', [apart], { attrs: { dims: [0, 2, 1, 3] } });
}

/** Queries, keys and values of `x` [B, S, width], with fewer heads of keys where that divides. */
function heads(w: PatternWriter, x: Written): Heads {
  const { B, S, H, D } = w.sizes;
  const K = w.chance(3) && H % 2 === 0 && H > 1 ? H / 2 : H;
  if (w.chance(4)) {
    const [q, k, v] = [H, K, K].map((n) => w.param([B, n, S, D])) as [Written, Written, Written];
    return { q, k, v };
  }
  const width = x.shape.at(-1) ?? 1;
  if (w.chance(2)) {
    const sizes = [H * D, K * D, K * D];
    const fused = w.op('linear', [x, w.param([(H + 2 * K) * D, width]), null]);
    let at = 0;
    const [q, k, v] = sizes.map((size) => w.slice(fused, -1, at, (at += size))) as [
      Written,
      Written,
      Written,
    ];
    return { q: split(w, q, H), k: split(w, k, K), v: split(w, v, K) };
  }
  const [q, k, v] = [H, K, K].map((n) =>
    split(
      w,
      w.op('linear', [x, w.param([n * D, width]), w.chance(3) ? w.param([n * D]) : null]),
      n,
    ),
  ) as [Written, Written, Written];
  return { q, k, v };
}

/** Heads of keys, each as often as queries read it. */
function repeated(w: PatternWriter, x: Written): Written {
  const { B, S, H, D } = w.sizes;
  const own = x.shape[1] ?? H;
  if (own === H || own === 0) return x;
  if (w.chance(3)) {
    const data = Array.from({ length: H }, (_, i) => Math.floor((i * own) / H));
    const index = w.op('const', [], { attrs: { data }, shape: [H], dtype: 'i64' });
    return w.op('index', [x, index], { attrs: { dims: [1] } });
  }
  const apart = w.op('reshape', [x], { shape: [B, own, 1, S, D] });
  const wide = w.op('expand', [apart], { shape: [B, own, H / own, S, D] });
  return w.op('reshape', [wide], { shape: [B, H, S, D] });
}

function scaled(w: PatternWriter, x: Written, factor: number): Written {
  return w.chance(3)
    ? w.op('div', [x, 1 / factor])
    : w.op('mul', w.chance(2) ? [x, factor] : [factor, x]);
}

/** Scores joined with a column for each head, and cut again after the softmax. */
function probabilities(w: PatternWriter, scores: Written): Written {
  const { B, S, H } = w.sizes;
  const dim = w.chance(2) ? -1 : scores.shape.length - 1;
  const shifted = w.chance(5)
    ? w.op('sub', [scores, w.op('max', [scores], { attrs: { dims: [-1], keepdim: true } })])
    : scores;
  if (!w.chance(4)) return w.op('softmax', [shifted], { attrs: { dim } });
  const sinks = w.op('reshape', [w.param([H])], { shape: [1, H, 1, 1] });
  const column = w.op('expand', [sinks], { shape: [B, H, S, 1] });
  const joined = w.op('cat', [shifted, column], { attrs: { dim: -1 } });
  const all = w.op('softmax', [joined], { attrs: { dim } });
  return w.slice(all, -1, 0, (all.shape.at(-1) ?? 1) - 1);
}

function spelledOut(w: PatternWriter, { q, k, v }: Heads, { value, bool }: Mask): Written {
  const factor = w.random.pick([0.5, 0.25, 1]);
  const early = w.chance(3);
  const turned = w.op('permute', [repeated(w, k)], { attrs: { dims: [0, 1, 3, 2] } });
  let scores = w.op('matmul', [early ? scaled(w, q, factor) : q, turned]);
  if (!early) scores = scaled(w, scores, factor);
  if (w.chance(4)) scores = w.op('mul', [w.op('tanh', [w.op('div', [scores, 2])]), 2]);
  if (value !== null)
    scores = bool
      ? w.op('where', [value, scores, w.random.pick([-3.4028234663852886e38, -1e30])])
      : w.op('add', w.chance(2) ? [scores, value] : [value, scores]);
  let weights = probabilities(w, scores);
  if (w.chance(4)) weights = w.op('cast', [weights], { attrs: { to: 'float32' } });
  return w.op('matmul', [weights, repeated(w, v)]);
}

/** [B, H, S, D] of `x` [B, S, width]. What padding attends to is arbitrary: it becomes zeros. */
export function attention(w: PatternWriter, x: Written): Written {
  const { B, S, H, D } = w.sizes;
  const before = w.pool.length;
  const own = heads(w, x);
  const turned = w.chance(2) ? own : { ...own, q: rotation(w, own.q), k: rotation(w, own.k) };
  const found = mask(w);
  const operands = (): Given[] => [turned.q, turned.k, turned.v, found.value];
  const scale = w.random.pick([0.5, 1]);
  let y: Written;
  if (w.chance(6))
    y = w.op('sdpa', operands(), { attrs: { causal: found.value === null, scale, gqa: true } });
  else if (w.chance(6)) {
    const sinks = w.chance(2) ? w.param([H]) : null;
    const attrs = { scale, softcap: w.chance(2) ? 2 : null };
    y = w.op('attention', [...operands(), sinks], { attrs });
    y = w.plain('permute', [y], { attrs: { dims: [0, 2, 1, 3] } });
  } else y = spelledOut(w, turned, found);
  const real = w.plain('reshape', [w.attentionMask()], { shape: [B, 1, S, 1] });
  const kept = w.plain('cast', [real], { attrs: { to: 'float32' } });
  const masked = w.plain('mul', [y, kept]);
  w.forget(before);
  const tokens = w.plain('permute', [masked], { attrs: { dims: [0, 2, 1, 3] } });
  return w.plain('reshape', [tokens], { shape: [B, S, H * D] });
}
