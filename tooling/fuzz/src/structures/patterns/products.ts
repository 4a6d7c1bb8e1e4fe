// Sums of products that are matrix products, convolutions and scans, and logits as losses read
// them.
import type { Written } from '../graph-writer.js';
import type { PatternWriter } from '../pattern-writer.js';

/** sum(a * b) over a dimension that both have, each repeated along one of the other. */
export function contraction(w: PatternWriter, x: Written): Written {
  const { B, S } = w.sizes;
  const width = x.shape.at(-1) ?? 1;
  const [rows, other] = [
    w.op('reshape', [x], { shape: [B, S, 1, width] }),
    w.param([B, 1, 3, width]),
  ];
  const product = w.op('mul', w.chance(2) ? [rows, other] : [other, rows]);
  const keepdim = w.chance(3);
  const sum = w.op('sum', [product], { attrs: { dims: [w.random.pick([-1, 3, -1, 0])], keepdim } });
  const size = sum.shape.reduce((a, b) => a * b, 1);
  const rest = B * S > 0 && size % (B * S) === 0;
  return rest ? w.op('reshape', [sum], { shape: [B, S, size / (B * S)] }) : sum;
}

/** A causal convolution of each channel along the tokens, then a running sum. */
export function scan(w: PatternWriter, x: Written): Written {
  const width = x.shape.at(-1) ?? 1;
  const turned = w.op('permute', [x], { attrs: { dims: [0, 2, 1] } });
  const padded = w.op('pad', [turned], { attrs: { pad: [1, 0], value: 0 } });
  const attrs = { stride: [1], padding: [0], dilation: [1], groups: width };
  const bias = w.chance(2) ? w.param([width]) : null;
  const convolved = w.op('conv1d', [padded, w.param([width, 1, 2]), bias], { attrs });
  const back = w.op('permute', [convolved], { attrs: { dims: [0, 2, 1] } });
  const decay = w.op('exp', [w.op('neg', [w.op('cumsum', [back], { attrs: { dim: 1 } })])]);
  return w.op('mul', [back, decay]);
}

/** Logits [B, S, ids], capped, scaled and cut as models do it. */
export function logits(w: PatternWriter, x: Written): Written {
  const { B, S } = w.sizes;
  const width = x.shape.at(-1) ?? 1;
  const ids = 5;
  let y = w.chance(3)
    ? w.op('matmul', [x, w.op('permute', [w.param([ids, width])], { attrs: { dims: [1, 0] } })])
    : w.op('linear', [x, w.param([ids, width]), w.chance(5) ? w.param([ids]) : null]);
  if (w.chance(3)) y = w.op('mul', [y, 0.5]);
  if (w.chance(3)) y = w.op('mul', [w.op('tanh', [w.op('div', [y, 3])]), 3]);
  if (w.chance(3)) y = w.op('cast', [y], { attrs: { to: 'float32' } });
  return w.op('reshape', [y], { shape: [B, S, ids] });
}

/** Elementwise operations and moves of values that are there, in no order. */
export function mixture(w: PatternWriter, x: Written): Written {
  let y = x;
  for (let i = w.random.below(6); i >= 0; i--) {
    const other = w.random.pick(w.pool.filter((v) => v.dtype === 'f32'));
    const last = Math.max(0, y.shape.length - 1);
    switch (w.random.below(7)) {
      case 0:
        y = w.op(w.random.pick(['add', 'sub', 'mul', 'maximum']), [y, other]);
        break;
      case 1:
        y = w.op(w.random.pick(['neg', 'tanh', 'exp', 'sigmoid', 'silu', 'abs']), [y]);
        break;
      case 2:
        y = w.op('sum', [y], { attrs: { dims: [last], keepdim: true } });
        break;
      case 3:
        y = w.op('cat', [y, y], { attrs: { dim: last } });
        break;
      case 4:
        y = w.op('softmax', [y], { attrs: { dim: -1 } });
        break;
      case 5:
        y = w.op('mul', [y, w.op('mean', [y], { attrs: { dims: [last], keepdim: true } })]);
        break;
      default:
        y = w.op('permute', [y], { attrs: { dims: y.shape.map((_, d) => last - d) } });
    }
  }
  return y;
}
