// How a parameter is held: as the interceptors of the run say, or whole. Only this decides the
// shape of a parameter in memory.
import type { Interceptor, ParameterRecord, Placement } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** Errors: `internal` if an interceptor that is not the first places a parameter. */
export function placementOf(
  record: ParameterRecord,
  interceptors: readonly Interceptor[] = [],
): Placement {
  const placements = interceptors.map((interceptor) => interceptor.placement?.(record));
  if (placements.slice(1).some((placement) => placement !== undefined))
    throw new AutomodelError(
      'internal',
      `${record.name} is placed by an interceptor that is not the first: parallelism comes first`,
    );
  return placements[0] ?? wholePlacement(record);
}

const wholePlacement = ({ shape }: ParameterRecord): Placement => ({
  shape,
  boxes: () => [{ start: shape.map(() => 0), size: shape, offset: 0 }],
});
