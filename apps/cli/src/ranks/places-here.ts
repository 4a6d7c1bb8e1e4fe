// How many processes have to be started here: the user's number, or that of a launcher which starts
// one process on each machine.
import type { Ranks } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { DEFAULT_PORT, type Recognized } from '@automodel/distributed';

export interface PlacesHere {
  readonly count: number;
  /** Where several machines take part. */
  readonly nodes?: Ranks | undefined;
  readonly address?: { readonly host: string; readonly port: number } | undefined;
}

const OPTION = '--nproc-per-node';

/**
 * Undefined where nothing has to be started. `wanted`: of the option. Errors: `conflict` if the
 * launcher says another number.
 */
export function placesHere(
  launched: Recognized | undefined,
  wanted: number | undefined,
): PlacesHere | undefined {
  if (launched === undefined) return (wanted ?? 1) > 1 ? { count: wanted! } : undefined;
  const { launcher } = launched;
  if (launched.kind === 'rank') {
    if ((wanted ?? 1) === 1) return undefined;
    throw new AutomodelError(
      'conflict',
      `${launcher} has started this process as rank ${launched.rank} of ${launched.size}`,
      { hint: `leave out ${OPTION}` },
    );
  }
  const { processes, nodes, master } = launched;
  if (wanted !== undefined && processes !== undefined && wanted !== processes)
    throw new AutomodelError(
      'conflict',
      `${launcher} says ${processes} processes a machine, ${OPTION} says ${wanted}`,
    );
  const count = wanted ?? processes ?? 1;
  if (nodes.size * count === 1) return undefined;
  return { count, nodes, address: { host: master.host, port: master.port ?? DEFAULT_PORT } };
}
