// The error for a text that a tokenizer has no id for.
import { AutomodelError } from '@automodel/core';

/** Shows the beginning of `piece`. */
export const unknownPiece = (piece: string): AutomodelError =>
  new AutomodelError(
    'bad-data',
    `the tokenizer has no id for a part of ${JSON.stringify(piece.slice(0, 80))} and no unknown ` +
      'token',
  );
