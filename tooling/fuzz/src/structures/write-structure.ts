// A case of the structural fuzzer: some patterns that fusion looks for, one after the other on one
// stream of tokens, with changed operands, as the text of a graph.json.
import { AutomodelError, isFloat, sizeOf } from '@automodel/core';
import type { Random } from '../random.js';
import type { Written } from './graph-writer.js';
import { attention } from './patterns/attention.js';
import { activated, experts, gatedLayer } from './patterns/gates.js';
import { norm } from './patterns/norms.js';
import { contraction, logits, mixture, scan } from './patterns/products.js';
import { rotation } from './patterns/rotations.js';
import { PatternWriter } from './pattern-writer.js';

type Pattern = (w: PatternWriter, x: Written) => Written;

/** A rotation of `x` [B, S, width] as heads. */
const rotatedHeads: Pattern = (w, x) => {
  const { B, S } = w.sizes;
  const width = x.shape.at(-1) ?? 1;
  const heads = w.op('reshape', [x], { shape: [B, 1, S, width] });
  return w.op('reshape', [rotation(w, heads)], { shape: [B, S, width] });
};

const PATTERNS: readonly Pattern[] = [
  norm,
  norm,
  rotatedHeads,
  attention,
  attention,
  attention,
  gatedLayer,
  activated,
  experts,
  contraction,
  scan,
  mixture,
];

/** Architecture of a graph in which something arbitrary may be read: all its tokens are real. */
export const WHOLE_ROWS = 'WholeRows';

/** The text of a graph.json. */
export function writeStructure(random: Random): string {
  const w = new PatternWriter(random);
  const { B, S } = w.sizes;
  let x = w.param([B, S, random.pick([2, 4, 8])]);
  const ends: Written[] = [];
  let architecture = 'Rows';
  try {
    for (let i = random.below(3); i >= 0; i--) {
      x = random.pick(PATTERNS)(w, x);
      ends.push(x);
    }
    if (w.chance(3)) return w.text(logits(w, x), architecture);
  } catch (error) {
    // A change before made shapes that the rest of the pattern cannot have: it ends here.
    if (!(error instanceof AutomodelError)) throw error;
    architecture = WHOLE_ROWS;
    ends.push(...w.pool.slice(-1));
  }
  if (w.chance(4)) {
    architecture = WHOLE_ROWS;
    ends.push(random.pick(w.pool));
  }
  return w.text(joined(w, ends), architecture);
}

/** f32[n]: everything that patterns made. */
function joined(w: PatternWriter, ends: readonly Written[]): Written {
  const flat = [...new Set(ends)].map((value) => {
    const float = isFloat(value.dtype)
      ? value
      : w.plain('cast', [value], { attrs: { to: 'float32' } });
    return w.plain('reshape', [float], { shape: [sizeOf(value.shape)] });
  });
  return w.plain('cat', flat, { attrs: { dim: 0 } });
}
