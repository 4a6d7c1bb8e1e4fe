// The tokenizer of a folder as key/values of a GGUF file: pieces, kinds, scores or merges, special
// ids, and the chat template. Kinds of tokenizers that llama.cpp does not have are refused by name.
import { isJsonObject } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { readTokenizerFiles, Tokenizer } from '@automodel/data';
import { bool, text, u32, type GgufValue } from '../gguf/gguf-value.js';
import { byteLevelMetadata, isByteLevel } from './byte-level.js';
import { sentencePieceMetadata } from './sentence-piece.js';
import { readVocabulary } from './vocabulary.js';

export interface TokenizerDescription {
  readonly metadata: readonly (readonly [string, GgufValue])[];
  readonly tokenizer: Tokenizer;
  readonly chatTemplate: string | undefined;
  readonly notes: readonly string[];
}

/**
 * `rows`: vocab_size. `stopIds`: what ends generation. Errors: `missing-tokenizer`, `bad-file`,
 * `unsupported` naming the file and what in it cannot be expressed.
 */
export async function describeTokenizer(
  folder: string,
  rows: number,
  stopIds: readonly number[],
): Promise<TokenizerDescription> {
  const files = await readTokenizerFiles(folder);
  const where = `${folder}/tokenizer.json`;
  const { definition } = files;
  const type = isJsonObject(definition['model']) ? definition['model']['type'] : undefined;
  if (type !== 'BPE')
    throw new AutomodelError(
      'unsupported',
      `a ${String(type)} tokenizer cannot be written as GGUF`,
      {
        location: where,
        hint: 'byte-level BPE and SentencePiece-style BPE can; vLLM takes any tokenizer: --to vllm',
      },
    );
  const tokenizer = new Tokenizer(files);
  const vocabulary = readVocabulary(files, tokenizer, rows);
  const byteLevel = isByteLevel(definition['pre_tokenizer']);
  const composed = isJsonObject(definition['normalizer'])
    ? [
        'This tokenizer applies Unicode NFC, llama.cpp does not. Normalise prompts first: ' +
          "text.normalize('NFC').",
      ]
    : [];
  const own = byteLevel
    ? {
        metadata: byteLevelMetadata(tokenizer, vocabulary, where),
        kinds: vocabulary.kinds,
        notes: composed,
      }
    : sentencePieceMetadata(definition, vocabulary, tokenizer.unkTokenId, where);
  const chatTemplate = files.chatTemplates.get('default');
  return {
    metadata: [
      ...own.metadata,
      ['tokenizer.ggml.tokens', { type: 'strings', value: vocabulary.pieces }],
      ['tokenizer.ggml.token_type', { type: 'i32s', value: own.kinds }],
      ...specialIds(tokenizer, stopIds, where),
      ...(chatTemplate === undefined
        ? []
        : [['tokenizer.chat_template', text(chatTemplate)] as const]),
    ],
    tokenizer,
    chatTemplate,
    notes: [
      ...own.notes,
      ...(chatTemplate === undefined
        ? ['The folder has no chat template: clients fall back to one of their own.']
        : []),
    ],
  };
}

/** Errors: `unsupported` for a post-processor that adds other tokens than bos and eos. */
function specialIds(
  tokenizer: Tokenizer,
  stopIds: readonly number[],
  where: string,
): [string, GgufValue][] {
  const { before, after } = tokenizer.surroundingTokens;
  const eos = tokenizer.eosTokenId ?? after[0] ?? stopIds[0];
  const bos = tokenizer.bosTokenId ?? before[0];
  if (
    before.some((id) => id !== bos) ||
    before.length > 1 ||
    after.some((id) => id !== eos) ||
    after.length > 1
  )
    throw new AutomodelError(
      'unsupported',
      'a post-processor that adds other tokens than one bos and one eos cannot be written as GGUF',
      { location: where },
    );
  const turnEnd = stopIds.find((id) => id !== eos);
  const ids = {
    bos_token_id: bos,
    eos_token_id: eos,
    unknown_token_id: tokenizer.unkTokenId,
    padding_token_id: tokenizer.padTokenId,
    eot_token_id: turnEnd,
  };
  return [
    ...Object.entries(ids).flatMap(([key, id]): [string, GgufValue][] =>
      id === undefined ? [] : [[`tokenizer.ggml.${key}`, u32(id)]],
    ),
    ['tokenizer.ggml.add_bos_token', bool(before.length > 0)],
    ['tokenizer.ggml.add_eos_token', bool(after.length > 0)],
  ];
}
