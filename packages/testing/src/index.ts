export { compareTensors } from './compare-tensors.js';
export { centralDifferences } from './finite-differences.js';
export {
  opConformance,
  type ConformanceCheck,
  type OpConformanceOptions,
} from './op-conformance.js';
export { randomNumbers, sampleTensor } from './sample-tensor.js';
export { kernelTolerance, TOLERANCES } from './tolerances.js';
export { opGoldens } from './op-goldens.js';
export { readGoldens } from './read-goldens.js';
export {
  conformanceFailures,
  modelConformance,
  type ModelConformanceOptions,
} from './model-conformance.js';
export { referenceBackend, referenceTarget } from './reference-backend.js';
export { mirroredHost } from '@automodel/session';
export { simulatedRanks, type SimulatedRank } from './simulated-ranks.js';
export {
  curveDistance,
  raggedBatches,
  trainingCurve,
  type CurveOptions,
  type TrainingCurve,
} from './training-curve.js';
export { runOnBackend, type RunGraph } from '@automodel/recorded';
export { ADVERSARIAL_PATTERNS, type AdversarialPattern } from './adversarial-patterns.js';
export { engineConformance, type EngineRank } from './engines/engine-conformance.js';
export { meshOf } from './engines/mesh-of.js';
export { feedsOfRank, planFor, runGraphOnRank } from './engines/run-graph-on-rank.js';
