// What the checks of one verification share: the session, the reference and where results go; and
// the recipe of the golden training curve.
import type { ModelSession } from '@automodel/session';
import type { TrainingStep } from '../step/training-step.js';
import type { OwnValues } from './own-values.js';
import type { ReferenceBatch } from './reference-batch.js';
import type { ReferenceFile } from './reference-file.js';
import type { Tolerances } from './tolerances.js';

/** What the checks share. */
export interface Verification {
  readonly session: ModelSession;
  readonly step: TrainingStep;
  readonly reference: ReferenceFile;
  readonly tolerances: Tolerances;
  readonly own: OwnValues;
  readonly batch: ReferenceBatch | undefined;
  /** The same with the labels of the rows that this process trains. */
  readonly ownBatch: ReferenceBatch | undefined;
  /** The session's parameter for a name in the reference. */
  readonly parameterOf: (name: string) => string;
  /** False if only losses can be compared. */
  readonly full: boolean;
}

/** The golden curve: AdamW, learning rate 1e-3, weight decay 0.01, clipping at 1. */
export const CURVE = {
  steps: 10,
  learningRate: 1e-3,
  weightDecay: 0.01,
  betas: [0.9, 0.999],
  eps: 1e-8,
  maxNorm: 1,
} as const;
