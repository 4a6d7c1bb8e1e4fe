// A SentencePiece model as a tokenizer.json with the same ids, as transformers' converters make it:
// LlamaConverter for models that keep a text's spaces, SpmConverter for those that join them.
import { AutomodelError } from '@automodel/core';
import type { JsonObject } from '../json/json-object.js';
import { mergesOfPieces } from './merges-of-pieces.js';
import { PIECE_TYPE, type SentencePieceModel } from './sentencepiece-model.js';

const MARK = '\u2581';
const MARKED = { type: 'Replace', pattern: { String: ' ' }, content: MARK };
const UNMARKED = { type: 'Replace', pattern: { String: MARK }, content: ' ' };

const replaced = (expression: string, content: string): JsonObject => ({
  type: 'Replace',
  pattern: { Regex: expression },
  content,
});

/** `legacy` of tokenizer_config.json: false marks the beginning of a text alone. */
export interface SentencePieceOptions {
  readonly legacy: boolean;
  /** What stands around a text: tokens and their ids. */
  readonly before: readonly (readonly [string, number])[];
  readonly after: readonly (readonly [string, number])[];
}

/** Errors: `unsupported` for a model of another kind, at `location`. */
export function convertSentencePiece(
  model: SentencePieceModel,
  options: SentencePieceOptions,
  location: string,
): JsonObject {
  const refuse = (what: string): AutomodelError =>
    new AutomodelError('unsupported', `a SentencePiece model ${what} cannot be converted`, {
      location,
      hint: 'use a tokenizer with a tokenizer.json',
    });
  if (model.kind !== 'BPE' && model.kind !== 'Unigram') throw refuse(`of type ${model.kind}`);
  if (model.spaceAsSuffix) throw refuse('that writes spaces behind words');
  if (!model.escapesSpaces) throw refuse('that does not mark spaces');
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(model),
    ...(model.removesSpaces ? joiningSteps(model) : keepingSteps(model, options.legacy)),
    post_processor: surrounding(options),
    model: model.kind === 'BPE' ? bytePairs(model) : unigram(model),
  };
}

function addedTokens({ pieces }: SentencePieceModel): JsonObject[] {
  return pieces.flatMap(({ piece, type }, id) => {
    const isAdded = type === PIECE_TYPE.control || type === PIECE_TYPE.userDefined;
    if (!isAdded && type !== PIECE_TYPE.unknown) return [];
    const special = type !== PIECE_TYPE.userDefined;
    const settings = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    return piece === '' ? [] : [{ id, content: piece, ...settings, special }];
  });
}

const characterMap = ({ characterMap: map }: SentencePieceModel): JsonObject[] =>
  map.length === 0 ? [] : [{ type: 'Precompiled', precompiled_charsmap: map.toString('base64') }];

const sequence = (key: string, steps: readonly JsonObject[]): JsonObject | null =>
  steps.length === 0 ? null : { type: 'Sequence', [key]: steps };

/** Spaces at the ends are dropped, several become one. */
function joiningSteps(model: SentencePieceModel): JsonObject {
  const scheme = model.addsPrefix ? 'always' : 'never';
  const metaspace = { type: 'Metaspace', replacement: MARK, prepend_scheme: scheme, split: true };
  return {
    normalizer: sequence('normalizers', [
      ...characterMap(model),
      // Other white space than spaces stays.
      replaced(model.addsPrefix ? ' +\\z' : '\\A +| +\\z', ''),
      replaced(' {2,}', MARK),
    ]),
    pre_tokenizer: metaspace,
    decoder: model.byteFallback
      ? sequence('decoders', [{ type: 'ByteFallback' }, metaspace])
      : metaspace,
  };
}

function keepingSteps(model: SentencePieceModel, legacy: boolean): JsonObject {
  const { addsPrefix } = model;
  const prepended = addsPrefix ? [{ type: 'Prepend', prepend: MARK }] : [];
  return {
    normalizer: sequence('normalizers', [
      ...characterMap(model),
      ...(legacy ? [...prepended, MARKED] : []),
    ]),
    pre_tokenizer: legacy
      ? null
      : {
          type: 'Metaspace',
          replacement: MARK,
          prepend_scheme: addsPrefix ? 'first' : 'never',
          split: false,
        },
    decoder: sequence('decoders', [
      UNMARKED,
      { type: 'ByteFallback' },
      { type: 'Fuse' },
      ...(addsPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
    ]),
  };
}

function surrounding({ before, after }: SentencePieceOptions): JsonObject | null {
  if (before.length + after.length === 0) return null;
  const special = ([id]: readonly [string, number]): JsonObject => ({
    SpecialToken: { id, type_id: 0 },
  });
  const single = [
    ...before.map(special),
    { Sequence: { id: 'A', type_id: 0 } },
    ...after.map(special),
  ];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: Object.fromEntries(
      [...before, ...after].map(([token, id]) => [
        token,
        { id: token, ids: [id], tokens: [token] },
      ]),
    ),
  };
}

function unigram({ pieces, unknownId, byteFallback }: SentencePieceModel): JsonObject {
  return {
    type: 'Unigram',
    unk_id: unknownId,
    vocab: pieces.map(({ piece, score }) => [piece, score]),
    byte_fallback: byteFallback,
  };
}

function bytePairs({ pieces, unknownId, byteFallback }: SentencePieceModel): JsonObject {
  const ids = new Map(pieces.map(({ piece }, id) => [piece, id]));
  const merges = mergesOfPieces([...ids.keys()], (piece) => ids.get(piece), halvesOf, 'lengths');
  return {
    type: 'BPE',
    dropout: null,
    unk_token: pieces[unknownId]?.piece ?? null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: byteFallback,
    ignore_merges: false,
    vocab: Object.fromEntries(ids),
    merges,
  };
}

function* halvesOf(piece: string): Iterable<readonly [string, string]> {
  const characters = Array.from(piece);
  for (let i = 1; i < characters.length; i++)
    yield [characters.slice(0, i).join(''), characters.slice(i).join('')];
}
