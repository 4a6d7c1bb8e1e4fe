// How a session holds a parameter: what it is, where its elements are in memory, in which dtype,
// and whether training changes it. Sizes of everything that belongs to it follow from this.
import type { Interceptor, ParameterRecord, Placement } from '@automodel/contracts';
import { bytesOf, sizeOf, type DType, type Shape } from '@automodel/core';
import { placementOf } from '@automodel/nn';
import { heldDType, type Precision } from './precision.js';

/** A parameter as a session holds it. */
export interface HeldParameter {
  readonly record: ParameterRecord;
  readonly placement: Placement;
  readonly dtype: DType;
  readonly trained: boolean;
}

export interface HoldingOptions {
  readonly precision: Precision;
  readonly interceptors?: readonly Interceptor[] | undefined;
  readonly trained: (name: string) => boolean;
}

/** How a session holds a parameter. `stored`: the dtype it has, or would have, in its file. */
export function heldParameter(
  record: ParameterRecord,
  stored: DType,
  { precision, interceptors, trained }: HoldingOptions,
): HeldParameter {
  const placement = placementOf(record, interceptors);
  const isTrained = trained(record.name);
  return {
    record,
    placement,
    trained: isTrained,
    dtype:
      placement.dtype ??
      record.dtype ??
      heldDType(precision, isTrained, stored, record.shape.length),
  };
}

/** Its bytes in the memory of one process. */
export const heldBytes = ({ placement, dtype }: Pick<HeldParameter, 'placement' | 'dtype'>) =>
  sizeOf(placement.shape) * bytesOf(dtype);

/** Its tensor in memory, as programs declare it. */
export const heldTensor = ({
  record: { name },
  placement: { shape },
  dtype,
}: HeldParameter): { readonly name: string; readonly shape: Shape; readonly dtype: DType } => ({
  name,
  shape,
  dtype,
});
