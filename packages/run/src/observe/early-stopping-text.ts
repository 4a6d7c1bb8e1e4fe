// How the end of a run that stopped early is told, on terminals and in reports.
import type { EarlyStoppingEvent } from '@automodel/train';

/** Why training ended before its last step. */
export const earlyStoppingText = ({
  step,
  name,
  waited,
  bestStep,
  bestLoss,
  stepsLeft,
}: EarlyStoppingEvent): string =>
  `training ended early, after step ${step + 1}: ${waited} validations` +
  `${name === 'default' ? '' : ` of ${name}`} in a row were not below the ` +
  `${bestLoss.toPrecision(4)} of step ${bestStep + 1}; ${stepsLeft} steps of the schedule were ` +
  'not run';
