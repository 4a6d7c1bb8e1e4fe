// Which launcher started this process, and as which rank of how many. The order decides where a
// launcher runs inside of another; two that do not agree on the number of processes are refused.
import { AutomodelError } from '@automodel/core';
import { jobSet } from './job-set.js';
import type { Environment, Launched, Launcher } from './launcher.js';
import { leaderWorkerSet } from './leader-worker-set.js';
import { openMpi } from './open-mpi.js';
import { pmi } from './pmi.js';
import { slurm } from './slurm.js';
import { torchElastic } from './torch-elastic.js';
import { torchrun } from './torchrun.js';

/** The first that recognises a process counts. */
export const LAUNCHERS: readonly Launcher[] = [
  torchElastic,
  torchrun,
  openMpi,
  pmi,
  slurm,
  leaderWorkerSet,
  jobSet,
];

/** What a launcher says, and its name. */
export type Recognized = Launched & { readonly launcher: string };

/**
 * Undefined for a process that nobody started as one of several. Errors: `bad-argument` for a
 * variable without sense, and for one without those that belong to it; `conflict` for two
 * launchers that do not agree.
 */
export function recognizeLauncher(environment: Environment): Recognized | undefined {
  const found = LAUNCHERS.flatMap((launcher): Recognized[] => {
    const launched = launcher.recognize(environment);
    return launched === undefined ? [] : [{ ...launched, launcher: launcher.name }];
  });
  const [first] = found;
  if (first === undefined) {
    refuseHalfSet(environment);
    return undefined;
  }
  const size = sizeOf(first);
  for (const other of found) {
    const otherSize = sizeOf(other);
    if (size !== undefined && otherSize !== undefined && size !== otherSize)
      throw new AutomodelError(
        'conflict',
        `${first.launcher} says that ${size} processes run, ${other.launcher} says ${otherSize}`,
        { hint: 'remove the variables of the one that did not start this process' },
      );
  }
  return first;
}

/** A process that should be one of several would train as if it were alone. */
function refuseHalfSet(environment: Environment): void {
  for (const { name, missing } of LAUNCHERS) {
    const half = missing?.(environment);
    if (half !== undefined)
      throw new AutomodelError(
        'bad-argument',
        `${half.isSet} is set, but ${half.isMissing} is not`,
        {
          hint: `${name} sets both: set all of its variables for each process, or none`,
        },
      );
  }
}

/** Undefined where the user decides on the processes of a machine. */
function sizeOf(launched: Launched): number | undefined {
  if (launched.kind === 'rank') return launched.size;
  return launched.processes === undefined ? undefined : launched.nodes.size * launched.processes;
}
