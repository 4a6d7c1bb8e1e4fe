// The label mask of one sample as text: what the model will be trained to write and what it only
// reads, for a person to check before training.
import type { Sample, SampleIds } from './sample.js';
import { DecodeStream } from '../tokenizer/decode-stream.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { IGNORE_INDEX } from '../labels/label-text.js';

/**
 * Text of one or more tokens (a character may need several). The texts of all pieces joined are the
 * decoded sample.
 */
export interface LabelPiece {
  readonly text: string;
  readonly trained: boolean;
  readonly tokenIds: readonly number[];
}

/**
 * Decodes `sample` piece by piece, special tokens included. A character whose tokens are partly
 * trained counts as trained.
 */
export function previewLabels(
  tokenizer: Tokenizer,
  sample: Pick<Sample<SampleIds>, 'inputIds' | 'labels'>,
): readonly LabelPiece[] {
  const stream = new DecodeStream(tokenizer);
  const pieces: LabelPiece[] = [];
  let tokenIds: number[] = [];
  let trained = false;
  const last = sample.inputIds.length - 1;
  sample.inputIds.forEach((id, i) => {
    tokenIds.push(id);
    trained ||= sample.labels[i] !== IGNORE_INDEX;
    const text = stream.push(id) + (i === last ? stream.flush() : '');
    if (text === '' && i !== last) return;
    pieces.push({ text, trained, tokenIds });
    tokenIds = [];
    trained = false;
  });
  return pieces;
}
