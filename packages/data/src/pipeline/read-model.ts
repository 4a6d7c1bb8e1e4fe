// The model of a tokenizer.json, of whichever type.
import { readBpe } from './bpe.js';
import type { Model } from './model.js';
import type { Part } from './part.js';
import { readUnigram } from './unigram.js';
import { readWordLevel, readWordPiece } from './word-piece.js';

const TYPES: Readonly<Record<string, (part: Part, ids: ReadonlyMap<string, number>) => Model>> = {
  BPE: readBpe,
  Unigram: (part) => readUnigram(part),
  WordPiece: readWordPiece,
  WordLevel: readWordLevel,
};

/** The model's type; older files of byte-pair encodings leave it out. */
export function modelType(model: Part): string {
  if (model.value('type') !== undefined) return model.type;
  if (Array.isArray(model.value('merges'))) return 'BPE';
  throw model.bad(`${model.path}.type is missing`);
}

/** `definition`: a whole tokenizer.json that is checked. */
export function readModel(definition: Part): Model {
  const part = definition.optional('model');
  if (part === undefined) throw definition.bad('there is no "model" with a vocabulary');
  const read = TYPES[modelType(part)];
  if (read === undefined) throw part.unknownType(Object.keys(TYPES));
  const vocabulary = part.value('vocab');
  const ids = new Map(Array.isArray(vocabulary) ? [] : Object.entries(vocabulary as object));
  return read(part, ids as ReadonlyMap<string, number>);
}
