// An adapter as a session takes it: the one the plugin made, the tensors it starts from, and how
// the base below it is held.
import type { Adapter } from '@automodel/contracts';
import type { QuantizedFormat } from '@automodel/core';
import type { StoredTensors } from '../memory/match-weights.js';

/** An adapter on top of the model. */
export interface SessionAdapter {
  readonly adapter: Adapter;
  /** Tensors by the names in its file; absent: a new adapter. */
  readonly tensors?: StoredTensors | undefined;
  /** Seed of a new adapter's random weights. */
  readonly seed: number;
  /**
   * How the base below it holds the weights of linear modules: see `quantizedBase`. Absent: as they
   * are stored.
   */
  readonly quantization?: QuantizedFormat | undefined;
}
