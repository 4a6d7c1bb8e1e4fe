// The family of positions of an extreme element along one dimension.
import { AutomodelError } from '../../error.js';
import { formatShape, normalizeAxis, sizeOf } from '../../tensor/shape.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { aroundAxis } from '../support/elements.js';
import { reducedDims, reducedShape } from './reduction-op.js';

/** `dim` null: over the flattened tensor. */
export type ArgReductionAttributes = { readonly dim: number | null; readonly keepdim: boolean };

export const normalizeArgReduction = (
  op: string,
  rank: number,
  dim: number | null,
  keepdim: boolean,
): ArgReductionAttributes => ({ dim: dim === null ? null : normalizeAxis(op, dim, rank), keepdim });

/** An op giving the first position whose element no other `beats`. */
export function argReductionOp(
  name: string,
  summary: string,
  beats: (a: number | bigint, b: number | bigint) => boolean,
): OpDefinition<ArgReductionAttributes> {
  return defineOp({
    name,
    summary,
    operands: ['x'],
    infer: ({ x }, { dim, keepdim }) => {
      const { shape } = x;
      const one = dim === null ? [] : [dim];
      const dims = reducedDims(name, shape.length, one);
      if (dims.some((axis) => shape[axis] === 0))
        throw new AutomodelError(
          'bad-shape',
          `${name}: no elements along dimension ${dim ?? 'any'} of ${formatShape(shape)}`,
        );
      return [{ shape: reducedShape(shape, dims, keepdim), dtype: 'i64' }];
    },
    reference: ({ x }, { dim }, { y }) => {
      const { outer, size, inner } =
        dim === null
          ? { outer: 1, size: x.data.length, inner: 1 }
          : aroundAxis(x.shape, normalizeAxis(name, dim, x.shape.length));
      const data = new BigInt64Array(sizeOf(y.shape));
      for (let o = 0; o < outer; o++)
        for (let n = 0; n < inner; n++) {
          let best = 0;
          const at = (i: number): number | bigint => x.data[(o * size + i) * inner + n]!;
          for (let i = 1; i < size && !Number.isNaN(at(best)); i++)
            if (beats(at(i), at(best)) || Number.isNaN(at(i))) best = i;
          data[o * inner + n] = BigInt(best);
        }
      return [{ ...y, data }];
    },
    castRule: 'follow',
    samples: [
      { inputs: [{ shape: [2, 3, 5] }], attrs: { dim: -1, keepdim: false } },
      {
        inputs: [{ shape: [4, 3], dtype: 'i64', range: [0, 2] }],
        attrs: { dim: 0, keepdim: true },
      },
      { inputs: [{ shape: [4, 3] }], attrs: { dim: null, keepdim: false } },
      { inputs: [{ shape: [] }], attrs: { dim: null, keepdim: false } },
    ],
  });
}
