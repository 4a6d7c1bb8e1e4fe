// What the process takes besides the tensors of a run: what it holds when it is asked, and how much
// it still grows while it trains, answers questions and saves.
import type { Backend } from '@automodel/contracts';
import { ownBytes } from './own-bytes.js';

/** By how much the heap grows while programs are compiled again and rows are read. */
const HEAP_GROWTH = 24 * 2 ** 20;

/** Pieces of tensors that a load or a save has done with and the collector has not freed yet. */
const UNFREED_PIECES = 56 * 2 ** 20;

/** Bytes of the process now. `held`: bytes of tensors that are resident already. */
export const processBytes = (backend: Pick<Backend, 'sharedBytes'>, held = 0): number =>
  Math.max(0, ownBytes(backend) - held);

/**
 * Bytes by which the process grows besides tensors, from the bytes of the model's weights: a small
 * model has no pieces that add up. Both constants are above what benchmarks/memory.mjs measured.
 */
export const growthBytes = (weights: number): number =>
  HEAP_GROWTH + Math.min(UNFREED_PIECES, weights);
