// Makes a tokenizer.json of the files that a folder without one has: a SentencePiece model or a
// tiktoken file. What such a file does not say comes from config.json and tokenizer_config.json;
// where they do not say it either, the folder is refused.
import { AutomodelError } from '@automodel/core';
import { isObject, type JsonObject } from '../json/json-object.js';
import { convertSentencePiece } from './convert-sentencepiece.js';
import { convertTiktoken, readTiktoken } from './convert-tiktoken.js';
import { readSentencePiece, type SentencePieceModel } from './sentencepiece-model.js';
import { TIKTOKEN_KINDS } from './tiktoken-kinds.js';

export interface ConvertedTokenizer {
  /** tokenizer.json. */
  readonly definition: JsonObject;
  /** Keys of tokenizer_config.json that the file alone knows; the folder's own come first. */
  readonly config: JsonObject;
}

export interface VocabularyFile {
  readonly path: string;
  readonly bytes: Buffer;
  /** config.json; empty where there is none. */
  readonly modelConfig: JsonObject;
  /** tokenizer_config.json. */
  readonly config: JsonObject;
}

/** Classes of transformers that give the pieces other ids than the file. */
const RENUMBERED: ReadonlySet<string> = new Set([
  ...['Albert', 'Barthez', 'BigBird', 'Camembert', 'DebertaV2', 'FNet', 'LayoutXLM', 'MBart'],
  ...['MBart50', 'Nllb', 'Pegasus', 'Reformer', 'RemBert', 'SeamlessM4T', 'T5', 'Udop', 'XGLM'],
  ...['XLMRoberta', 'XLNet'],
]);

/** Errors: `bad-file`, `unsupported`, naming the file. */
export function convertedTokenizer(file: VocabularyFile): ConvertedTokenizer {
  const model = file.path.endsWith('.tiktoken') ? undefined : readSentencePiece(file.bytes);
  return model === undefined ? fromTiktoken(file) : fromSentencePiece(model, file);
}

function fromSentencePiece(
  model: SentencePieceModel,
  { path, config }: VocabularyFile,
): ConvertedTokenizer {
  const className = config['tokenizer_class'];
  if (typeof className === 'string' && RENUMBERED.has(className.replace(/Tokenizer(?:Fast)?$/, '')))
    throw new AutomodelError(
      'unsupported',
      `tokenizer_class ${className} gives the pieces of this file other ids`,
      { location: path, hint: 'use a tokenizer with a tokenizer.json' },
    );
  const named = { ...model.named, ...given(config) };
  const tokenOf = (key: 'bos_token' | 'eos_token', flag: string): (readonly [string, number])[] => {
    const content = named[key];
    const id = model.pieces.findIndex(({ piece }) => piece === content);
    return config[flag] === true && content !== undefined && id >= 0 ? [[content, id]] : [];
  };
  const definition = convertSentencePiece(
    model,
    {
      legacy: config['legacy'] !== false,
      before: tokenOf('bos_token', 'add_bos_token'),
      after: tokenOf('eos_token', 'add_eos_token'),
    },
    path,
  );
  return { definition, config: { ...model.named } };
}

/** The named tokens of tokenizer_config.json as texts. */
function given(config: JsonObject): Partial<Record<'bos_token' | 'eos_token', string>> {
  return Object.fromEntries(
    ['bos_token', 'eos_token'].flatMap((key): [string, string][] => {
      const value = config[key];
      const content = isObject(value) ? value['content'] : value;
      return typeof content === 'string' ? [[key, content]] : [];
    }),
  );
}

function fromTiktoken({ path, bytes, modelConfig, config }: VocabularyFile): ConvertedTokenizer {
  const ranks = readTiktoken(bytes.toString('latin1'));
  if (ranks === undefined)
    throw new AutomodelError(
      'bad-file',
      'neither a SentencePiece model nor a tiktoken file of tokens and their ranks',
      { location: path, hint: 'fetch the tokenizer again' },
    );
  const type = modelConfig['model_type'];
  const kind =
    typeof type === 'string' && Object.hasOwn(TIKTOKEN_KINDS, type)
      ? TIKTOKEN_KINDS[type]
      : undefined;
  if (kind === undefined)
    throw new AutomodelError(
      'unsupported',
      'a tiktoken file does not say how texts are cut into words, and for ' +
        `${typeof type === 'string' ? `the model type ${type}` : 'a folder without model type'} ` +
        'it is not known',
      {
        location: path,
        hint: `known for ${Object.keys(TIKTOKEN_KINDS).join(', ')}; or use a tokenizer.json`,
      },
    );
  const special = configuredSpecial(config, ranks.size) ?? kind.specialTokens;
  return { definition: convertTiktoken(ranks, kind, special), config: {} };
}

/** Tokens of `added_tokens_decoder` behind the file's own; ids that it leaves out are reserved. */
function configuredSpecial(config: JsonObject, size: number): readonly string[] | undefined {
  const written = config['added_tokens_decoder'];
  if (!isObject(written)) return undefined;
  const contents = new Map(
    Object.entries(written).map(([id, token]) => [
      Number(id),
      isObject(token) ? token['content'] : token,
    ]),
  );
  const last = Math.max(-1, ...contents.keys());
  return Array.from({ length: Math.max(0, last + 1 - size) }, (_, i) => {
    const content = contents.get(size + i);
    return typeof content === 'string' ? content : `<|reserved_token_${size + i}|>`;
  });
}
