// Words of a SentencePiece BPE without a pre-tokenizer: they begin with the mark of a space, unless
// the vocabulary has a piece with the mark between its neighbours.
import type { Tokenizer as TokenizerModel } from '@huggingface/tokenizers';
import { isObject, type JsonObject } from '../json/json-object.js';
import type { AddedTokenFacts, Model, Words } from './words.js';

const MARK = '\u2581';

/** Undefined for tokenizers of another kind. */
export function markedWords(
  library: TokenizerModel,
  definition: JsonObject,
  added: readonly AddedTokenFacts[],
): Words | undefined {
  const normalizer = (
    library as unknown as { readonly normalizer: ((text: string) => string) | null }
  ).normalizer;
  const { vocab, merges } = library.model as unknown as Partial<Model>;
  if (
    normalizer === null ||
    vocab === undefined ||
    merges === undefined ||
    !marksSpaces(definition)
  )
    return undefined;
  const crossings = markCrossings(merges);
  const contents = new Set(added.map(({ content }) => content));
  const wordsOf = (section: string): readonly string[] | undefined => {
    const text = normalizer(section);
    // A section that only now spells an added token is that token to the library.
    if (contents.has(text)) return undefined;
    if (crossings.size === 0) return text.match(/\u2581+[^\u2581]*|[^\u2581]+/g) ?? [];
    const words: string[] = [];
    for (const [run] of text.matchAll(/\u2581+[^\u2581]*|[^\u2581]+/g)) {
      const last = words.at(-1)?.at(-1);
      if (
        last !== undefined &&
        (crossings.has(last + MARK) || crossings.has(last + run.slice(0, 2)))
      )
        words[words.length - 1] += run;
      else words.push(run);
    }
    return words;
  };
  return { of: wordsOf, byteLevel: false };
}

/**
 * Where pieces that merging can make have the mark after another character: that character, the
 * mark and what follows it in the piece. Merging never reaches over any other mark.
 */
function markCrossings(merges: Model['merges']): ReadonlySet<string> {
  const crossings = new Set<string>();
  for (const [left, right] of merges) {
    const piece = left + right;
    for (const { 0: found, index } of piece.matchAll(/[^\u2581]\u2581/g))
      crossings.add(piece.slice(index, index + found.length + 1));
  }
  return crossings;
}

/**
 * The normaliser writes spaces as marks, and the pre-tokenizer, if there is one, splits at spaces,
 * of which there are none then.
 */
function marksSpaces(definition: JsonObject): boolean {
  const normalizer = isObject(definition['normalizer']) ? definition['normalizer'] : {};
  const steps =
    normalizer['type'] === 'Sequence' && Array.isArray(normalizer['normalizers'])
      ? (normalizer['normalizers'] as readonly JsonObject[])
      : [normalizer];
  const replaces = steps.some(
    (step) =>
      step['type'] === 'Replace' &&
      isObject(step['pattern']) &&
      step['pattern']['String'] === ' ' &&
      step['content'] === MARK,
  );
  const rest = steps.every((step) => step['type'] === 'Replace' || step['type'] === 'Prepend');
  const split = definition['pre_tokenizer'];
  const atSpaces =
    split === null ||
    split === undefined ||
    (isObject(split) &&
      split['type'] === 'Split' &&
      isObject(split['pattern']) &&
      split['pattern']['String'] === ' ');
  return replaces && rest && atSpaces;
}
