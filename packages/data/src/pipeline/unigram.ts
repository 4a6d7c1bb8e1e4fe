// The unigram model: of all ways to cut a piece into pieces of the vocabulary, the one with the
// largest sum of scores.
import { byteIds } from './bpe.js';
import { type Model } from './model.js';
import type { Part } from './part.js';
import { RememberedWords } from './remembered-words.js';
import { unknownPiece } from './unknown-piece.js';

/** How much worse an unknown character is than the worst piece. */
const UNKNOWN_PENALTY = 10;

interface TrieNode {
  readonly next: Map<number, TrieNode>;
  id?: number;
}

/** The best way to cut the text up to a place. */
interface Path {
  readonly score: number;
  readonly start: number;
  readonly id: number;
}

/** Errors: `bad-file` for an unknown token outside of the vocabulary. */
export function readUnigram(part: Part): UnigramModel {
  const pieces = part.value('vocab') as readonly (readonly [string, number])[];
  const unknownId = part.value('unk_id') === undefined ? undefined : part.count('unk_id');
  if (unknownId !== undefined && unknownId >= pieces.length)
    throw part.bad(`${part.path}.unk_id is ${unknownId}, the vocabulary has ${pieces.length} ids`);
  return new UnigramModel(pieces, unknownId, part.flag('byte_fallback', false));
}

export class UnigramModel implements Model {
  readonly #pieces: readonly (readonly [string, number])[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #unknownId: number | undefined;
  readonly #unknownScore: number;
  readonly #bytes: readonly (number | undefined)[] | undefined;
  readonly #root: TrieNode = { next: new Map() };
  readonly #words = new RememberedWords();

  constructor(
    pieces: readonly (readonly [string, number])[],
    unknownId: number | undefined,
    byteFallback: boolean,
  ) {
    this.#pieces = pieces;
    this.#ids = new Map(pieces.map(([piece], id) => [piece, id]));
    this.#unknownId = unknownId;
    const worst = pieces.reduce((least, [, score]) => Math.min(least, score), Infinity);
    this.#unknownScore = worst - UNKNOWN_PENALTY;
    this.#bytes = byteFallback ? byteIds(this.#ids) : undefined;
    for (const [piece, id] of this.#ids) this.#insert(piece, id);
  }

  get size(): number {
    return this.#pieces.length;
  }

  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.#pieces[id]?.[0];
  }

  tokens(): Iterable<readonly [string, number]> {
    return this.#ids;
  }

  encode(piece: string): readonly number[] {
    return this.#words.of(piece, (word) =>
      this.#parts(word, this.#bestPaths(word)).flatMap((part) => this.#idsOf(part)),
    );
  }

  #insert(piece: string, id: number): void {
    let node = this.#root;
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      let next = node.next.get(unit);
      if (next === undefined) node.next.set(unit, (next = { next: new Map() }));
      node = next;
    }
    node.id = id;
  }

  /** By the places where a path may end. */
  #bestPaths(text: string): readonly (Path | undefined)[] {
    const best = new Array<Path | undefined>(text.length + 1);
    const offer = (start: number, end: number, id: number, score: number): void => {
      const total = score + (best[start]?.score ?? 0);
      const other = best[end];
      if (other === undefined || total > other.score) best[end] = { score: total, start, id };
    };
    let start = 0;
    for (const character of text) {
      const single = start + character.length;
      let isKnown = false;
      let node: TrieNode | undefined = this.#root;
      for (let end = start; end < text.length; end++) {
        node = node.next.get(text.charCodeAt(end));
        if (node === undefined) break;
        if (node.id === undefined) continue;
        offer(start, end + 1, node.id, this.#pieces[node.id]![1]);
        isKnown ||= end + 1 === single;
      }
      if (!isKnown) {
        if (this.#unknownId === undefined) throw unknownPiece(text);
        offer(start, single, this.#unknownId, this.#unknownScore);
      }
      start = single;
    }
    return best;
  }

  /** The texts on the best path; unknown ones in a row are one. */
  #parts(text: string, best: readonly (Path | undefined)[]): string[] {
    const parts: string[] = [];
    let wasUnknown = false;
    for (let end = text.length; end > 0;) {
      const { start, id } = best[end]!;
      const part = text.slice(start, end);
      const isUnknown = id === this.#unknownId;
      if (isUnknown && wasUnknown) parts[parts.length - 1] = part + parts[parts.length - 1]!;
      else parts.push(part);
      wasUnknown = isUnknown;
      end = start;
    }
    return parts.reverse();
  }

  #idsOf(part: string): readonly number[] {
    const id = this.#ids.get(part);
    if (id !== undefined) return [id];
    const bytes =
      this.#bytes && Array.from(Buffer.from(part, 'utf8'), (byte) => this.#bytes?.[byte]);
    if (bytes?.every((byte) => byte !== undefined) === true) return bytes;
    if (this.#unknownId === undefined) throw unknownPiece(part);
    return [this.#unknownId];
  }
}
