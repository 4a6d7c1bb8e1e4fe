// What the samples of events say of a plan.

/** Bytes by purpose. */
export const memory = {
  parameters: 1,
  quantized: 0,
  gradients: 1,
  optimizer: 2,
  otherStates: 0,
  padding: 0,
  activations: 3,
  gathered: 0,
  unreduced: 0,
  workspace: 4,
  constants: 5,
  batch: 6,
  overhead: 7,
  checkpoint: 0,
  baseline: 8,
  peak: 37,
};
const byOp = [{ op: 'matmul', seconds: 0.25, steps: 4 }];
const nothingSent = { exposedSeconds: 0, collectives: [] };
/** A program of a plan. */
export const program = {
  name: 'micro',
  flops: 9,
  seconds: 0.5,
  ...nothingSent,
  arenaBytes: 64,
  steps: 4,
  byOp,
};
