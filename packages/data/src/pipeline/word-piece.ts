// WordPiece: from the left, the longest piece of the vocabulary; a word that cannot be cut so is
// unknown as a whole. WordLevel, for which every word is one piece or unknown, is its simplest
// case.
import { Vocabulary, type Model } from './model.js';
import type { Part } from './part.js';
import { unknownPiece } from './unknown-piece.js';

export function readWordPiece(part: Part, ids: ReadonlyMap<string, number>): Model {
  return new WordPieceModel(
    ids,
    part.text('unk_token', '[UNK]'),
    part.text('continuing_subword_prefix', '##'),
    part.count('max_input_chars_per_word', 100),
  );
}

export function readWordLevel(part: Part, ids: ReadonlyMap<string, number>): Model {
  return new WordLevelModel(ids, part.text('unk_token', '<unk>'));
}

class WordLevelModel extends Vocabulary implements Model {
  readonly #unknown: string;

  constructor(ids: ReadonlyMap<string, number>, unknown: string) {
    super(ids);
    this.#unknown = unknown;
  }

  encode(piece: string): readonly number[] {
    const id = this.tokenToId(piece) ?? this.tokenToId(this.#unknown);
    if (id === undefined) throw unknownPiece(piece);
    return [id];
  }
}

class WordPieceModel extends Vocabulary implements Model {
  readonly #unknown: string;
  readonly #prefix: string;
  readonly #maxCharacters: number;

  constructor(
    ids: ReadonlyMap<string, number>,
    unknown: string,
    prefix: string,
    maxCharacters: number,
  ) {
    super(ids);
    this.#unknown = unknown;
    this.#prefix = prefix;
    this.#maxCharacters = maxCharacters;
  }

  encode(piece: string): readonly number[] {
    const characters = Array.from(piece);
    const known =
      characters.length > this.#maxCharacters ? undefined : this.#longestPieces(characters);
    if (known !== undefined) return known;
    const id = this.tokenToId(this.#unknown);
    if (id === undefined) throw unknownPiece(piece);
    return [id];
  }

  #longestPieces(characters: readonly string[]): number[] | undefined {
    const ids: number[] = [];
    for (let start = 0; start < characters.length;) {
      const prefix = start === 0 ? '' : this.#prefix;
      let end = characters.length;
      let id: number | undefined;
      for (; end > start; end--) {
        id = this.tokenToId(prefix + characters.slice(start, end).join(''));
        if (id !== undefined) break;
      }
      if (id === undefined) return undefined;
      ids.push(id);
      start = end;
    }
    return ids;
  }
}
