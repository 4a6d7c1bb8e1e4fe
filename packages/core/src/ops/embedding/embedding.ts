// Token embedding: rows of a table. The table may be stored in any float dtype; `outDType` states
// what the activations are.

import { AutomodelError } from '../../error.js';
import { categoryOf, isFloat, type DType } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { formatType, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops, selectionBytes } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { embeddingBackward } from './embedding-backward.js';

export type EmbeddingAttributes = { readonly out_dtype: DType | null };

/** weight[V,D], ids[...] (integers in [0,V)) -> [...,D]. As torch.nn.functional.embedding. */
export function embedding(weight: Tensor, ids: Tensor, outDType: DType | null = null): Tensor {
  return weight.trace.apply(embeddingOp, [weight, ids], { out_dtype: outDType })[0];
}

export const embeddingOp: OpDefinition<EmbeddingAttributes> = defineOp({
  name: 'embedding',
  summary: 'rows of a table by id',
  operands: ['weight', 'ids'],
  infer({ weight, ids }, attrs) {
    if (weight.shape.length !== 2 || !isFloat(weight.dtype))
      throw new AutomodelError(
        'bad-shape',
        'embedding: the table must be a float matrix, not ' + `${formatType(weight)}`,
      );
    if (categoryOf(ids.dtype) !== 'integer')
      throw new AutomodelError('bad-shape', `embedding: ids must be integers, not ${ids.dtype}`);
    return [{ shape: [...ids.shape, weight.shape[1]!], dtype: attrs.out_dtype ?? weight.dtype }];
  },
  reference({ weight, ids }, _attrs, { y: type }) {
    const [rows, width] = [weight.shape[0]!, weight.shape[1]!];
    const data = allocateHostData(type.dtype, sizeOf(type.shape)) as Float64Array;
    for (let i = 0; i < ids.data.length; i++) {
      const id = Number(ids.data[i]);
      if (id < 0 || id >= rows)
        throw new AutomodelError(
          'bad-data',
          `embedding: id ${id} is outside the table of ${rows} rows`,
        );
      for (let d = 0; d < width; d++) data[i * width + d] = Number(weight.data[id * width + d]);
    }
    return [{ ...type, data }];
  },
  gradient: ({ operands: { weight, ids }, gradients: { y: dy }, needs }) => ({
    weight: needs.weight ? embeddingBackward(dy, ids, weight.shape[0]!, weight.dtype) : undefined,
  }),
  flops: noFlops,
  bytes: ({ weight, ids }, { y }) => selectionBytes(weight, [ids], y),
  castRule: 'follow',
  samples: [
    {
      inputs: [{ shape: [7, 5] }, { shape: [4], dtype: 'i32', values: [6, 0, 3, 3] }],
      attrs: { out_dtype: null },
    },
    {
      inputs: [{ shape: [9, 33] }, { shape: [2, 3], dtype: 'i64', values: [8, 1, 1, 0, 5, 2] }],
      attrs: { out_dtype: null },
    },
  ],
});
