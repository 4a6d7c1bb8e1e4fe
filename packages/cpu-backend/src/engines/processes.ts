// The processes that the collectives of a program reach, as executables see them. Every engine
// provides one; a backend that was not connected has the one of a process alone.
import type { Plan } from '@automodel/core';
import type { CpuBuffer } from '../cpu-buffer.js';
import type { Address } from '../library.js';

export interface Processes {
  /** Aborted, with an AutomodelError as reason, when a process was lost; then nothing runs. */
  readonly lost: AbortSignal;
  /** As in Backend. */
  readonly sharedBytes?: number | undefined;
  /** Zeroed memory for tensors. Errors: `out-of-memory` naming the label and size. */
  allocate(bytes: number, label: string): CpuBuffer;
  /**
   * Where the group of `ranks` ranks along an axis is described (kernels/group.h). Errors:
   * `bad-plan` where there are not so many.
   */
  group(axis: string, ranks: number): Address;
  /** The ranks of the mesh along an axis, this process being among them. */
  ranksAlong(axis: string): readonly number[];
  /**
   * Resolves when all processes are about to run this plan for the first time. Errors: `bad-plan`
   * naming ranks whose plan differs.
   */
  agree(plan: Plan): Promise<void>;
  /** Takes part in no collective any more; processes that wait for this one are told. */
  leave(): void;
  /** True after `leave`. */
  readonly left: boolean;
  /**
   * Gives back what belongs to no buffer. `shared-memory` leaves too; under `mpi` a process that
   * closes ends in MPI_Finalize, which waits for the others, and only `leave` does without it.
   */
  close(): void;
}
