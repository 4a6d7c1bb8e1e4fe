// Norms in their spellings: a root of a mean of squares, its reciprocal, weight and bias.
import type { Written } from '../graph-writer.js';
import type { PatternWriter } from '../pattern-writer.js';

const LAST = { dims: [-1], keepdim: true };

/** The mean over the last dimension, which is kept. */
function mean(w: PatternWriter, x: Written): Written {
  const width = x.shape.at(-1) ?? 1;
  switch (w.random.below(4)) {
    case 0:
      return w.op('mul', [w.op('sum', [x], { attrs: LAST }), 1 / width]);
    case 1:
      return w.op('div', [w.op('sum', [x], { attrs: LAST }), width]);
    case 2:
      return w.op('reshape', [w.op('mean', [x], { attrs: { dims: [-1], keepdim: false } })], {
        shape: x.shape.map((d, i) => (i === x.shape.length - 1 ? 1 : d)),
      });
    default:
      return w.op('mean', [x], { attrs: LAST });
  }
}

/** x times the reciprocal root of its mean square. */
function normalized(w: PatternWriter, x: Written): Written {
  const square = w.chance(2) ? w.op('mul', [x, x]) : w.op('pow', [x, w.chance(2) ? 2n : 2]);
  const average = mean(w, square);
  const inside = w.chance(5)
    ? average
    : w.op('add', w.chance(2) ? [average, 1e-5] : [1e-5, average]);
  switch (w.random.below(6)) {
    case 0:
      return w.op('div', [x, w.op('sqrt', [inside])]);
    case 1:
      return w.op('div', [x, w.op('pow', [inside, 0.5])]);
    case 2:
      return w.op('mul', [w.op('pow', [inside, -0.5]), x]);
    case 3:
      return w.op('mul', [x, w.op('reciprocal', [w.op('sqrt', [inside])])]);
    case 4:
      return w.op('mul', [x, w.op('div', [1, w.op('sqrt', [inside])])]);
    default: {
      const root = w.op('rsqrt', [inside]);
      return w.op('mul', [x, w.chance(3) ? w.op('expand', [root], { shape: x.shape }) : root]);
    }
  }
}

/** A norm of `x` with a weight, one more than a weight, a bias, or none. */
export function norm(w: PatternWriter, x: Written): Written {
  const width = x.shape.at(-1) ?? 1;
  if (w.chance(6)) return writtenNorm(w, x);
  const centered = w.chance(3) ? w.op('sub', [x, mean(w, x)]) : x;
  const source = w.chance(5) ? w.op('cast', [centered], { attrs: { to: 'float32' } }) : centered;
  let y = normalized(w, source);
  if (w.chance(2)) {
    const weight = w.param([width]);
    y = w.op('mul', [y, w.chance(3) ? w.op('add', [weight, 1]) : weight]);
  }
  return w.chance(2) ? w.op('add', [y, w.param([width])]) : y;
}

/** A norm that is recorded as one operation. */
function writtenNorm(w: PatternWriter, x: Written): Written {
  const axes = w.chance(4) ? Math.min(2, x.shape.length) : 1;
  const row = x.shape.slice(x.shape.length - axes);
  const weight = w.chance(2) ? w.param(row) : null;
  return w.chance(2)
    ? w.op('rms_norm', [x, weight], { attrs: { axes, eps: w.chance(2) ? 1e-5 : null } })
    : w.op('layer_norm', [x, weight, w.chance(2) ? w.param(row) : null], {
        attrs: { axes, eps: 1e-5 },
      });
}
