// One event of a run that ended early.
import type { EarlyStoppingEvent } from '@automodel/train';

export const EARLY_STOPPING: EarlyStoppingEvent = {
  type: 'early-stopping',
  step: 9,
  epoch: 1,
  name: 'default',
  waited: 2,
  bestStep: 4,
  bestLoss: 1.5,
  stepsLeft: 10,
};
