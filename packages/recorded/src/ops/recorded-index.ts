// Indexing with integer tensors as Python code writes it: x[..., i, ...].
import { index, normalizeAxis, type Tensor } from '@automodel/core';
import type { RecordedCall } from './recorded-call.js';

/**
 * Operands x and one index for each of `dims`. PyTorch takes 0-dimensional indices first, as if
 * they were numbers: then they do not decide where the other indices' dimensions go.
 */
export function recordedIndex(call: RecordedCall): Tensor {
  const pairs = call.tensors(1).map((indices, i) => ({
    indices,
    dim: normalizeAxis('index', call.numbers('dims')[i]!, call.tensor(0).rank),
  }));
  const numbers = pairs.filter(({ indices }) => indices.rank === 0).sort((a, b) => b.dim - a.dim);
  const others = pairs.filter(({ indices }) => indices.rank > 0);
  const x = numbers.reduce(
    (rest, { indices, dim }) => index(rest, [dim], [indices]),
    call.tensor(0),
  );
  return others.length === 0
    ? x
    : index(
        x,
        others.map(({ dim }) => dim - numbers.filter((number) => number.dim < dim).length),
        others.map(({ indices }) => indices),
      );
}
