// Activations and gates in their spellings, in a dense layer or in one of experts that a router
// chooses.
import type { Given, Written } from '../graph-writer.js';
import type { PatternWriter } from '../pattern-writer.js';

const sigmoid = (w: PatternWriter, x: Written): Written => {
  switch (w.random.below(3)) {
    case 0:
      return w.op('reciprocal', [w.op('add', [w.op('exp', [w.op('neg', [x])]), 1])]);
    case 1:
      return w.op('div', [1, w.op('add', [1, w.op('exp', [w.op('neg', [x])])])]);
    default:
      return w.op('sigmoid', [x]);
  }
};

function geluByTanh(w: PatternWriter, x: Written): Written {
  const cube = w.op('mul', [w.op('pow', [x, 3]), 0.044715]);
  const inside = w.op('mul', [w.op('add', [x, cube]), Math.sqrt(2 / Math.PI)]);
  const outside = w.op('add', [w.op('tanh', [inside]), 1]);
  return w.op('mul', [w.op('mul', [x, 0.5]), outside]);
}

export function activated(w: PatternWriter, x: Written): Written {
  switch (w.random.below(9)) {
    case 0:
      return w.op('silu', [x]);
    case 1:
      return w.op('mul', [x, sigmoid(w, x)]);
    case 2:
      return w.op('div', [x, w.op('add', [w.op('exp', [w.op('neg', [x])]), 1])]);
    case 3:
      return w.op('gelu', [x], { attrs: { approximate: w.random.pick(['none', 'tanh']) } });
    case 4:
      return geluByTanh(w, x);
    case 5: {
      const half = w.op('add', [w.op('erf', [w.op('mul', [x, Math.SQRT1_2])]), 1]);
      return w.op('mul', [w.op('mul', [x, half]), 0.5]);
    }
    case 6:
      return w.op('mul', [x, sigmoid(w, w.op('mul', [x, 1.702]))]);
    case 7: {
      const positive = w.op('relu', [x]);
      return w.chance(2) ? positive : w.op('mul', [positive, positive]);
    }
    default:
      return sigmoid(w, x);
  }
}

/** activation(gate) * up of two parts of `x`, or of two values. */
function gatedParts(w: PatternWriter, x: Written): Written {
  const width = x.shape.at(-1) ?? 0;
  const half = Math.floor(width / 2);
  const [gate, up] = w.chance(3)
    ? [w.slice(x, -1, 0, width, 2), w.slice(x, -1, 1, width, 2)]
    : [w.slice(x, -1, 0, half), w.slice(x, -1, half, width)];
  const active = activated(w, gate);
  return w.op('mul', w.chance(2) ? [active, up] : [up, active]);
}

/** A gated layer [.., width] of `x` [.., width]. */
export function gatedLayer(w: PatternWriter, x: Written): Written {
  const width = x.shape.at(-1) ?? 1;
  const inner = 2 * w.random.pick([1, 2, 3]);
  const bias = (size: number): Given => (w.chance(3) ? w.param([size]) : null);
  if (w.chance(2)) {
    const both = w.op('linear', [x, w.param([2 * inner, width]), bias(2 * inner)]);
    return w.op('linear', [gatedParts(w, both), w.param([width, inner]), bias(width)]);
  }
  const [gate, up] = [0, 1].map(() =>
    w.op('linear', [x, w.param([inner, width]), bias(inner)]),
  ) as [Written, Written];
  const active = activated(w, gate);
  const hidden = w.op('mul', w.chance(2) ? [active, up] : [up, active]);
  return w.op('linear', [hidden, w.param([width, inner]), bias(width)]);
}

/** The same by experts: each row goes through those that its router chooses, weighed. */
export function experts(w: PatternWriter, x: Written): Written {
  const { B, S } = w.sizes;
  const width = x.shape.at(-1) ?? 1;
  const [count, inner, k] = [3, 4, w.random.pick([1, 2])];
  const rows = w.op('reshape', [x], { shape: [B * S, width] });
  const scores = w.op('linear', [rows, w.param([count, width]), null]);
  const chances = w.op('softmax', [scores], { attrs: { dim: -1 } });
  const chosen = w.op('topk_idx', [chances], { attrs: { k, dim: -1, largest: true } });
  const weights = w.op('gather', [chances, chosen], { attrs: { dim: -1 } });
  const sum = w.op('sum', [weights], { attrs: { dims: [-1], keepdim: true } });
  const shares = w.op('div', [weights, sum]);
  const many = w.op('expand', [w.op('reshape', [rows], { shape: [B * S, 1, width] })], {
    shape: [B * S, k, width],
  });
  const flat = w.op('reshape', [many], { shape: [B * S * k, width] });
  const ids = w.op('reshape', [chosen], { shape: [B * S * k] });
  const transposed = w.chance(2);
  const matrices = (out: number, into: number): Written =>
    w.param(transposed ? [count, into, out] : [count, out, into]);
  const attrs = { transposed };
  const both = w.op('grouped_linear', [flat, matrices(2 * inner, width), ids, null], { attrs });
  const hidden = gatedParts(w, both);
  const bias = w.chance(3) ? w.param([count, width]) : null;
  const out = w.op('grouped_linear', [hidden, matrices(width, inner), ids, bias], { attrs });
  const weighed = w.op('mul', [
    w.op('reshape', [out], { shape: [B * S, k, width] }),
    w.op('reshape', [shares], { shape: [B * S, k, 1] }),
  ]);
  const mixed = w.op('sum', [weighed], { attrs: { dims: [1], keepdim: false } });
  return w.op('reshape', [mixed], { shape: [B, S, width] });
}
