// Names of checkpoint folders, as NeMo writes them: epoch and step count from 0.

/** When a checkpoint was made. */
export interface CheckpointTime {
  readonly epoch: number;
  readonly step: number;
}

/** The name of the checkpoint made at that time. */
export const checkpointName = ({ epoch, step }: CheckpointTime): string =>
  `epoch_${epoch}_step_${step}`;

/** Undefined for any other name: unfinished and removed folders have other names. */
export function parseCheckpointName(name: string): CheckpointTime | undefined {
  const match = /^epoch_(0|[1-9]\d*)_step_(0|[1-9]\d*)$/.exec(name);
  return match === null ? undefined : { epoch: Number(match[1]), step: Number(match[2]) };
}
