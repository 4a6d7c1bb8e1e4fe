// Which part of what a process holds of a parameter is padding: pieces are equal, and rows do not
// always divide.
import type { Interceptor, LanguageModel, Mesh } from '@automodel/contracts';
import { sizeOf } from '@automodel/core';
import { placementOf } from '@automodel/nn';
import { parameterRecords } from '@automodel/session';

/** What says how parameters are cut. */
export interface PaddingOptions {
  readonly model: LanguageModel;
  readonly interceptors?: readonly Interceptor[] | undefined;
  readonly mesh?: Mesh | undefined;
}

/**
 * The share of each padded parameter's memory that is more than an equal part of the parameter, on
 * average over processes.
 */
export function paddedShares({
  model,
  interceptors,
  mesh,
}: PaddingOptions): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const record of parameterRecords(model, interceptors)) {
    const { shape, cutAlong = [] } = placementOf(record, interceptors);
    const pieces = cutAlong.reduce((product, axis) => product * (mesh?.axes[axis].size ?? 1), 1);
    const [held, needed] = [sizeOf(shape), sizeOf(record.shape) / pieces];
    if (held > needed) shares.set(record.name, 1 - needed / held);
  }
  return shares;
}
