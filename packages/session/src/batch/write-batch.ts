// Fills the batch inputs of a program from a packed batch in host memory.
import { BATCH } from './batch-inputs.js';
import { attentionMaskOf, documentLengthsOf, type PackedBatch } from './packed-batch.js';

/** Where batch inputs go: a program; inputs that it does not have are skipped. */
export interface BatchTarget {
  write(name: string, data: ArrayBufferView): void;
}

/** Fills the batch inputs of a program. */
export function writeBatch(program: BatchTarget, batch: PackedBatch): void {
  program.write(BATCH.inputIds, batch.inputIds);
  program.write(BATCH.positions, batch.positions);
  program.write(BATCH.segments, batch.segments);
  program.write(BATCH.targets, batch.targets);
  program.write(BATCH.documentLengths, documentLengthsOf(batch));
  program.write(BATCH.attentionMask, attentionMaskOf(batch));
}
