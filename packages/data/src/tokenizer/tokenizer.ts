// A Hugging Face tokenizer: text to ids and back, special tokens and the chat template of one model
// folder.
// Ids, decodes and renderings equal those of transformers 5; the pipeline does the encoding, this
// file the folder's conventions.
import { AutomodelError } from '@automodel/core';
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatTemplate, RenderOptions } from '../templates/chat-template.js';
import { chosenTemplate, compiledTemplates } from '../templates/chat-templates.js';
import { cleanText } from '../pipeline/clean-up.js';
import { Part } from '../pipeline/part.js';
import { Pipeline, type EncodedSection } from '../pipeline/pipeline.js';
import { checkDecoderIds, configuredTokens } from './configured-tokens.js';
import { isObject } from '../json/json-object.js';
import { namedTokens, NAMED_TOKENS } from './named-tokens.js';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.js';

export interface EncodeOptions {
  /** Adds what the tokenizer's post-processor adds (bos, eos, ...). Default true. */
  readonly addSpecialTokens?: boolean;
}

export interface DecodeOptions {
  /** Leaves special tokens out of the text. Default false. */
  readonly skipSpecialTokens?: boolean;
}

/** A token that is matched as a whole before the model sees the text. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

/** The ids of a whole text. */
export function idsOf(sections: readonly EncodedSection[]): number[] {
  const all: number[] = [];
  for (const { ids } of sections) for (const id of ids) all.push(id);
  return all;
}

/**
 * A tokenizer of one folder. It remembers words it has seen, which changes nothing but its speed.
 */
export class Tokenizer {
  /** The folder it came from. */
  readonly source: string;
  /** Number of ids: the largest id + 1. A model's vocabulary may be larger (padding rows). */
  readonly vocabSize: number;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  readonly padTokenId: number | undefined;
  readonly unkTokenId: number | undefined;
  readonly addedTokens: readonly AddedToken[];
  /** bos_token, eos_token, ... by key, as templates see them. */
  readonly specialTokens: Readonly<Record<string, string>>;
  readonly chatTemplates: ReadonlyMap<string, ChatTemplate>;
  /** Texts of all special tokens. */
  readonly specialTexts: readonly string[];
  /** What `encode` puts before and after a text (bos, eos, ...). */
  readonly surroundingTokens: {
    readonly before: readonly number[];
    readonly after: readonly number[];
  };
  /** True where a piece `<0xE4>` stands for one byte. */
  readonly byteFallback: boolean;
  /** What it was made from: enough to make it again in another thread. */
  readonly files: TokenizerFiles;
  /** Templates read a clock that was given, which another thread does not have. */
  readonly hasOwnClock: boolean;
  readonly #pipeline: Pipeline;
  readonly #cleanUp: boolean;
  /** 1 + length where it is known. */
  readonly #pieceLengths: Int32Array;
  readonly #specialIds: ReadonlySet<number>;

  /** Reads `folder` (see `readTokenizerFiles`). Errors: `missing-tokenizer`, `bad-file`. */
  static async fromPretrained(folder: string): Promise<Tokenizer> {
    return new Tokenizer(await readTokenizerFiles(folder));
  }

  constructor(files: TokenizerFiles, now?: () => Date) {
    this.source = files.source;
    this.files = files;
    this.hasOwnClock = now !== undefined;
    this.#pipeline = pipelineOf(files);
    const model = isObject(files.definition['model']) ? files.definition['model'] : {};
    this.byteFallback = model['byte_fallback'] === true;
    // The clean-up was made for WordPiece and removes real spaces of other kinds: transformers 5
    // never applies it to BPE and leaves it off by default.
    this.#cleanUp =
      files.config['clean_up_tokenization_spaces'] === true && model['type'] !== 'BPE';
    this.addedTokens = [...this.#pipeline.addedTokens.values()];
    this.specialTokens = namedTokens(files.config);
    this.vocabSize = this.#pipeline.largestId() + 1;
    this.#pieceLengths = new Int32Array(this.vocabSize);
    const idOf = (key: (typeof NAMED_TOKENS)[number]): number | undefined => this.#namedId(key);
    [this.bosTokenId, this.eosTokenId, this.padTokenId, this.unkTokenId] = [
      idOf('bos_token'),
      idOf('eos_token'),
      idOf('pad_token'),
      idOf('unk_token'),
    ];
    const named = NAMED_TOKENS.map(idOf).filter((id) => id !== undefined);
    this.#specialIds = new Set([
      ...this.addedTokens.filter((token) => token.special).map((token) => token.id),
      ...named,
    ]);
    this.specialTexts = [...this.#specialIds]
      .map((id) => this.idToToken(id) ?? '')
      .filter((text) => text !== '');
    this.surroundingTokens = this.#pipeline.surroundingTokens;
    this.chatTemplates = compiledTemplates(files, this.specialTokens, now);
  }

  /** The ids of `text`. Errors: `bad-data` where the vocabulary has no id for a part of it. */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const ids = idsOf(this.encodeSections(text));
    const { before, after } = this.surroundingTokens;
    return options.addSpecialTokens === false ? ids : [...before, ...ids, ...after];
  }

  /**
   * The ids of `text` without special tokens around it, section by section as added tokens divide
   * it. `from`: only the sections behind this place, where one begins.
   */
  encodeSections(text: string, from = 0): readonly EncodedSection[] {
    try {
      return this.#pipeline.encode(text, from);
    } catch (cause) {
      if (!(cause instanceof AutomodelError) || cause.code !== 'bad-data') throw cause;
      throw new AutomodelError('bad-data', cause.message, { location: this.source, cause });
    }
  }

  /**
   * The text of `ids`. Ids without a piece of vocabulary (a model's vocabulary may be padded) have
   * no text, as in transformers.
   */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const text = this.#pipeline.decode(Array.from(ids), options.skipSpecialTokens === true);
    return this.#cleanUp ? cleanText(text) : text;
  }

  /**
   * The piece of vocabulary behind an id, as tokenizer.json writes it; undefined for an unused id.
   */
  idToToken(id: number): string | undefined {
    return this.#pipeline.idToToken(id);
  }

  /**
   * Bytes of the piece of vocabulary behind an id, as tokenizer.json writes it; 1 for a piece that
   * stands for one byte, 0 for an unused id.
   */
  pieceLength(id: number): number {
    const known = this.#pieceLengths[id] ?? 0;
    if (known > 0) return known - 1;
    const piece = this.idToToken(id) ?? '';
    const length =
      this.byteFallback && /^<0x[0-9A-F]{2}>$/.test(piece) ? 1 : Buffer.byteLength(piece);
    this.#pieceLengths[id] = length + 1;
    return length;
  }

  /** The id of one piece of vocabulary. */
  tokenToId(token: string): number | undefined {
    return this.#pipeline.tokenToId(token);
  }

  /** True for ids that `decode` leaves out with `skipSpecialTokens`. */
  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  /**
   * The template for a chat: `tool_use` for chats with tools where the folder has one, else
   * `default`. Errors: `missing-tokenizer` where there is none.
   */
  chatTemplate(tools?: readonly unknown[]): ChatTemplate {
    return chosenTemplate(this.chatTemplates, this.source, tools);
  }

  /** The text of a chat. Errors: `bad-data` where the template refuses it. */
  applyChatTemplate(messages: readonly ChatMessage[], options: RenderOptions = {}): string {
    return this.chatTemplate(options.tools).render(messages, options);
  }

  /**
   * The ids of a chat. No special tokens are added: the template writes them, so there is never a
   * second bos.
   */
  encodeChat(messages: readonly ChatMessage[], options: RenderOptions = {}): number[] {
    return this.encode(this.applyChatTemplate(messages, options), { addSpecialTokens: false });
  }

  #namedId(key: (typeof NAMED_TOKENS)[number]): number | undefined {
    const content = this.specialTokens[key];
    return content === undefined ? undefined : this.tokenToId(content);
  }
}

function pipelineOf({ definition, config, source }: TokenizerFiles): Pipeline {
  const configPath = `${source}/tokenizer_config.json`;
  const tokens = configuredTokens(definition, config, configPath);
  const pipeline = new Pipeline(new Part(definition, '', `${source}/tokenizer.json`), tokens);
  const own = new Set(tokens[0]?.map(({ content }) => content));
  checkDecoderIds(
    config,
    configPath,
    (content) => pipeline.tokenToId(content),
    (content) => own.has(content) || pipeline.isPiece(content),
  );
  return pipeline;
}
