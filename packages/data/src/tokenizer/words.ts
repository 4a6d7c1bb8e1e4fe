// What section-encoder.ts knows of words and of the library's tokenizer, whichever kind it is.

/**
 * How sections become words, and whether the bytes of words are yet to be written as characters.
 */
export interface Words {
  readonly of: (section: string) => readonly string[] | undefined;
  readonly byteLevel: boolean;
}

/** An added token as tokenizer.json writes it. */
export interface AddedTokenFacts {
  readonly id: number;
  readonly content: string;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly single_word?: boolean | undefined;
  readonly normalized: boolean;
}

/** The parts of the library's tokenizer that are used; checked when the encoder is made. */
export interface Model {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly vocab: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  readonly unk_token_id?: number | undefined;
  (tokens: readonly string[]): readonly string[];
}
