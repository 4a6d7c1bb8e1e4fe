// A Hugging Face tokenizer: text to ids and back, special tokens and the chat template of one model
// folder.
// Ids, decodes and renderings equal those of transformers 5; @huggingface/tokenizers does the
// encoding, this file the folder's conventions.
import { Tokenizer as TokenizerModel } from '@huggingface/tokenizers';
import { AutomodelError } from '@automodel/core';
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatTemplate, RenderOptions } from '../templates/chat-template.js';
import { chosenTemplate, compiledTemplates } from '../templates/chat-templates.js';
import {
  idsOf,
  sectionEncoder,
  type EncodedSection,
  type SectionEncoder,
} from './section-encoder.js';
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
  /** True when text before and after it is tokenised as if it stood alone. */
  readonly splitsText: boolean;
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
  readonly #model: TokenizerModel;
  readonly #sections: SectionEncoder | undefined;
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
    try {
      this.#model = new TokenizerModel(files.definition, files.config);
    } catch (cause) {
      throw new AutomodelError(
        'bad-file',
        `tokenizer.json cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
        { location: files.source, hint: 'mend the file, or fetch the tokenizer again', cause },
      );
    }
    this.#sections = sectionEncoder(this.#model, files.definition, files.config);
    const model = isObject(files.definition['model']) ? files.definition['model'] : {};
    this.byteFallback = model['byte_fallback'] === true;
    // The clean-up was made for WordPiece and removes real spaces of other kinds: transformers 5
    // never applies it to BPE and leaves it off by default.
    this.#cleanUp =
      files.config['clean_up_tokenization_spaces'] === true && model['type'] !== 'BPE';
    this.addedTokens = [...this.#model.get_added_tokens_decoder().values()].map(
      ({ id, content, special, lstrip, normalized }) => ({
        id,
        content,
        special,
        splitsText: !lstrip && !normalized,
      }),
    );
    this.specialTokens = namedTokens(files.config);
    this.vocabSize = largestId(this.#model.get_vocab(true)) + 1;
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
      .map((id) => this.#model.id_to_token(id) ?? '')
      .filter((text) => text !== '');
    this.surroundingTokens = this.#surroundingTokens();
    this.chatTemplates = compiledTemplates(files, this.specialTokens, now);
  }

  /** The ids of `text`. */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const sections = options.addSpecialTokens === false ? this.encodeSections(text) : undefined;
    if (sections !== undefined) return idsOf(sections);
    const { ids } = this.#model.encode(text, {
      add_special_tokens: options.addSpecialTokens ?? true,
    });
    const unknown = ids.findIndex((id) => id === undefined);
    if (unknown >= 0)
      throw new AutomodelError(
        'bad-data',
        `the tokenizer has no id for a part of ${JSON.stringify(text.slice(0, 80))} and no ` +
          'unknown token',
        { location: this.source },
      );
    return ids;
  }

  /**
   * The ids of `text` without special tokens around it, section by section as added tokens divide
   * it; undefined where the sections depend on one another.
   */
  encodeSections(text: string): EncodedSection[] | undefined {
    return this.#sections?.encode(text);
  }

  /**
   * The text of `ids`. Ids without a piece of vocabulary (a model's vocabulary may be padded) have
   * no text, as in transformers.
   */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const skip = options.skipSpecialTokens === true;
    const kept = Array.from(ids).filter(
      (id) => this.#model.id_to_token(id) !== undefined && !(skip && this.#specialIds.has(id)),
    );
    if (kept.length === 0) return '';
    return this.#model.decode(kept, {
      skip_special_tokens: false,
      clean_up_tokenization_spaces: this.#cleanUp,
    });
  }

  /**
   * The piece of vocabulary behind an id, as tokenizer.json writes it; undefined for an unused id.
   */
  idToToken(id: number): string | undefined {
    return this.#model.id_to_token(id);
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
    return this.#model.token_to_id(token);
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

  #surroundingTokens(): Tokenizer['surroundingTokens'] {
    const probe = 'a';
    const plain = this.encode(probe, { addSpecialTokens: false });
    const all = this.encode(probe);
    const start = all.findIndex((_, i) => plain.every((id, j) => all[i + j] === id));
    return { before: all.slice(0, start), after: all.slice(start + plain.length) };
  }

  #namedId(key: (typeof NAMED_TOKENS)[number]): number | undefined {
    const content = this.specialTokens[key];
    return content === undefined ? undefined : this.#model.token_to_id(content);
  }
}

function largestId(vocabulary: ReadonlyMap<string, number>): number {
  let largest = -1;
  for (const id of vocabulary.values()) largest = Math.max(largest, id);
  return largest;
}
