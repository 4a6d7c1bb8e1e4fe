// A token that is looked for as a whole before the model sees the text, with the settings that say
// how.
import { isObject, type JsonObject } from '../json/json-object.js';

export interface AddedTokenSettings {
  readonly content: string;
  /** Left out by `decode` with `skipSpecialTokens`. */
  readonly special: boolean;
  /** Looked for in the normalised text. */
  readonly normalized: boolean;
  /** Takes the white space before it. */
  readonly lstrip: boolean;
  /** Takes the white space behind it. */
  readonly rstrip: boolean;
  /** Only where no letter or digit stands beside it. */
  readonly singleWord: boolean;
}

/** Settings as tokenizer.json and tokenizer_config.json write them; undefined without a content. */
export function addedTokenSettings(value: unknown): AddedTokenSettings | undefined {
  const written: JsonObject = isObject(value) ? value : { content: value, special: true };
  const { content } = written;
  if (typeof content !== 'string' || content === '') return undefined;
  const special = written['special'] === true;
  return {
    content,
    special,
    normalized: (written['normalized'] ?? !special) === true,
    lstrip: written['lstrip'] === true,
    rstrip: written['rstrip'] === true,
    singleWord: written['single_word'] === true,
  };
}
