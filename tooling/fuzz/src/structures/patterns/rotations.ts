// Rotary embeddings in their spellings: halves or neighbours, all columns or the first of them, the
// rest of which may be empty, with tables that are constants, computed, of the batch, or learned.
import type { Written } from '../graph-writer.js';
import type { PatternWriter } from '../pattern-writer.js';

/** Angles [S, pairs], or [B, 1, S, pairs] where they come from the batch. */
function angles(w: PatternWriter, pairs: number): Written {
  const { B, S } = w.sizes;
  if (w.chance(8)) return w.param([S, pairs]);
  if (w.chance(4)) return w.constant([S, pairs]);
  const frequencies = w.constant([pairs]);
  const positions = w.chance(4)
    ? w.op('reshape', [w.op('cumsum', [w.attentionMask()], { attrs: { dim: 1 } })], {
        shape: [B, 1, S, 1],
      })
    : w.op(
        'reshape',
        [w.op('arange', [], { attrs: { start: 0, step: 1 }, shape: [S], dtype: 'i64' })],
        {
          shape: [S, 1],
        },
      );
  return w.op('mul', [w.op('cast', [positions], { attrs: { to: 'float32' } }), frequencies]);
}

const join = (w: PatternWriter, pieces: readonly Written[]): Written =>
  w.op('cat', pieces, { attrs: { dim: w.chance(2) ? -1 : (pieces[0]?.shape.length ?? 1) - 1 } });

function rotatedHalf(w: PatternWriter, x: Written): Written {
  const width = x.shape.at(-1) ?? 0;
  const half = Math.floor(width / 2);
  const [first, second] = [w.slice(x, -1, 0, half), w.slice(x, -1, half, width)];
  return join(w, [w.op('neg', [second]), first]);
}

/** Each entry twice, side by side. */
function doubled(w: PatternWriter, x: Written): Written {
  const lead = x.shape.slice(0, -1);
  const width = x.shape.at(-1) ?? 1;
  const column = w.op('reshape', [x], { shape: [...x.shape, 1] });
  const both = w.chance(2)
    ? w.op('expand', [column], { shape: [...x.shape, 2] })
    : join(w, [column, column]);
  return w.op('reshape', [both], { shape: [...lead, 2 * width] });
}

const interleaved = (w: PatternWriter, a: Written, b: Written): Written =>
  w.op(
    'reshape',
    [
      join(
        w,
        [a, b].map((v) => w.op('reshape', [v], { shape: [...v.shape, 1] })),
      ),
    ],
    { shape: [...a.shape.slice(0, -1), 2 * (a.shape.at(-1) ?? 1)] },
  );

/** All columns of `x` [B, H, S, D] rotated. */
function rotated(w: PatternWriter, x: Written): Written {
  const width = x.shape.at(-1) ?? 0;
  const angle = angles(w, Math.floor(width / 2));
  const both = w.chance(2) ? ['add', 'sub'] : ['sub', 'add'];
  if (w.chance(2)) {
    const table = w.chance(5) ? doubled(w, angle) : join(w, [angle, angle]);
    const [cos, sin] = [w.op('cos', [table]), w.op('sin', [table])];
    return w.op('add', [w.op('mul', [x, cos]), w.op('mul', [rotatedHalf(w, x), sin])]);
  }
  const half = Math.floor(width / 2);
  const [cos, sin] = [w.op('cos', [angle]), w.op('sin', [angle])];
  const [a, b] = w.chance(2)
    ? [w.slice(x, -1, 0, half), w.slice(x, -1, half, width)]
    : [w.slice(x, -1, 0, width, 2), w.slice(x, -1, 1, width, 2)];
  const first = w.op(both[0] ?? 'sub', [w.op('mul', [a, cos]), w.op('mul', [b, sin])]);
  const second = w.op(both[1] ?? 'add', [w.op('mul', [b, cos]), w.op('mul', [a, sin])]);
  return w.chance(2) ? join(w, [first, second]) : interleaved(w, first, second);
}

/** The first columns of `x` [B, H, S, D] rotated, and the rest as it is, which may be empty. */
export function rotation(w: PatternWriter, x: Written): Written {
  const width = x.shape.at(-1) ?? 0;
  switch (w.random.below(4)) {
    case 0:
      return rotated(w, x);
    case 1: {
      const kept = 2 * w.random.below(Math.floor(width / 2) + 1);
      return join(w, [rotated(w, w.slice(x, -1, 0, kept)), w.slice(x, -1, kept, width)]);
    }
    case 2:
      return join(w, [w.slice(x, -1, 0, 0), rotated(w, x)]);
    default: // a factor of 1: nothing is left
      return join(w, [rotated(w, w.slice(x, -1, 0, width)), w.slice(x, -1, width, width)]);
  }
}
