// Arithmetic sequences: start + step * [0, count).
import { AutomodelError } from '../../error.js';
import { currentTrace, type Trace } from '../../graph/trace.js';
import type { DType } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { storeInteger } from '../support/elements.js';

/** Element i is start + step * i, for `count` elements. */
export type ArangeAttributes = {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly dtype: DType;
};

/**
 * [start, start + step, ...] below `end` (above it for a negative step). Errors: a step of zero or
 * in the wrong direction.
 */
export function arange(
  start: number,
  end: number,
  step = 1,
  dtype: DType = 'i64',
  trace: Trace = currentTrace(),
): Tensor {
  const count = Math.ceil((end - start) / step);
  if (!Number.isFinite(count) || count < 0)
    throw new AutomodelError(
      'bad-argument',
      `arange: no steps of ${step} lead from ${start} to ${end}`,
    );
  return trace.apply(arangeOp, [], { start, step, count, dtype })[0];
}

export const arangeOp: OpDefinition<ArangeAttributes> = defineOp({
  name: 'arange',
  summary: 'start + step * [0, count)',
  operands: [],
  infer: (_operands, { count, dtype }) => [{ shape: [count], dtype }],
  reference: (_operands, { start, step, count, dtype }) => {
    const data = allocateHostData(dtype, count);
    for (let i = 0; i < count; i++) {
      const value = start + step * i;
      if (data instanceof Float64Array) data[i] = value;
      else storeInteger(data, i, BigInt(Math.trunc(value)));
    }
    return [{ shape: [count], dtype, data }];
  },
  castRule: 'follow',
  samples: [
    { inputs: [], attrs: { start: 3, step: 2, count: 7, dtype: 'i64' } },
    { inputs: [], attrs: { start: 0, step: 1, count: 5, dtype: 'f32' } },
    { inputs: [], attrs: { start: 4, step: -1, count: 5, dtype: 'i32' } },
    { inputs: [], attrs: { start: 0, step: 1, count: 0, dtype: 'i64' } },
  ],
});
