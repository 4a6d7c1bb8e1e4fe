// How many processes have to be started here: the user's number, or that of a launcher which starts
// one process on each machine.
import type { Ranks } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import {
  DEFAULT_PORT,
  type LaunchedRank,
  type MasterAddress,
  type Recognized,
} from '@automodel/distributed';

export interface PlacesHere {
  readonly count: number;
  /** Where several machines take part. */
  readonly nodes?: Ranks | undefined;
  readonly address?: { readonly host: string; readonly port: number } | undefined;
}

const OPTION = '--nproc-per-node';

/**
 * Undefined where nothing has to be started. `wanted`: of the option. Errors: `conflict` if the
 * launcher says another number; `bad-argument` if it does not say where the machines meet.
 */
export function placesHere(
  launched: Recognized | undefined,
  wanted: number | undefined,
): PlacesHere | undefined {
  if (launched === undefined) return (wanted ?? 1) > 1 ? { count: wanted! } : undefined;
  if (launched.kind === 'rank')
    return (wanted ?? 1) === 1 ? undefined : besideRank(launched, wanted!);
  const { launcher, processes, nodes, master } = launched;
  if (wanted !== undefined && processes !== undefined && wanted !== processes)
    throw new AutomodelError(
      'conflict',
      `${launcher} says ${processes} processes a machine, ${OPTION} says ${wanted}`,
    );
  const count = wanted ?? processes ?? 1;
  return nodes.size * count === 1 ? undefined : { count, nodes, address: addressOf(master) };
}

/** A launcher that starts one process on each machine leaves the others there to the user. */
function besideRank(launched: Recognized & LaunchedRank, count: number): PlacesHere {
  const { launcher, rank, size, local, master } = launched;
  if (size === 1) return { count };
  if (local?.size !== 1)
    throw new AutomodelError(
      'conflict',
      `${launcher} has started this process as rank ${rank} of ${size}`,
      { hint: `leave out ${OPTION}, or let it start one process on each machine` },
    );
  if (master === undefined)
    throw new AutomodelError('bad-argument', `${launcher} does not say where rank 0 is`, {
      hint: 'set MASTER_ADDR and MASTER_PORT, the same for all processes',
    });
  return { count, nodes: { size, rank }, address: addressOf(master) };
}

const addressOf = ({ host, port = DEFAULT_PORT }: MasterAddress): PlacesHere['address'] => ({
  host,
  port,
});
