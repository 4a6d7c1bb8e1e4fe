// losses.json of a checkpoint, with the keys of NeMo Automodel.
import type { CheckpointContext } from '@automodel/train';

/**
 * Its content. A train loss that is not known is left out: a resumed run that is stopped before its
 * first step has none.
 */
export const lossesText = ({
  trainLoss,
  validationLosses,
}: Pick<CheckpointContext, 'trainLoss' | 'validationLosses'>): string =>
  `${JSON.stringify({
    ...(trainLoss === undefined ? {} : { train_loss: trainLoss }),
    val_loss: Object.fromEntries(validationLosses),
  })}\n`;
