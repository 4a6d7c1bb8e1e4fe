// The library's front door: a causal language model by folder or hub id, to generate with and to
// save. It owns its session and its backend; close it, or declare it with `await using`.
import {
  saveHuggingFaceFolder,
  tokenizerFilesIn,
  type PublishOptions,
  type SavedFolder,
} from '@automodel/checkpoint';
import { AutomodelError, type DType } from '@automodel/core';
import {
  convertedTokenizerFiles,
  DecodeStream,
  stopIdsOf,
  type ChatMessage,
  type Tokenizer,
} from '@automodel/data';
import { generate, type GenerateOptions } from '@automodel/generate';
import { mergedSources, type ModelSession } from '@automodel/session';
import {
  openPretrained,
  openUntrained,
  type LoadOptions,
  type OpenedModel,
} from '../open/open-model.js';
import { openTokenizer } from '../open/open-tokenizer.js';
import { resultStops } from '../evaluation/stop-ids.js';
import { modelFiles } from '../open/model-files.js';
import { vocabularyChange } from '../open/vocabulary.js';

/** How a text is generated. */
export interface TextOptions extends Omit<GenerateOptions, 'stopIds'> {
  /** Skips the chat template: the prompt is text to continue. */
  readonly raw?: boolean | undefined;
  /** JSON schemas of functions, for templates that take them. */
  readonly tools?: readonly unknown[] | undefined;
}

/** A text, or a chat to continue with its next turn. */
export type Prompt = string | readonly ChatMessage[];

/** A causal language model that is ready to generate and to save. */
export class AutoModelForCausalLM implements AsyncDisposable {
  readonly #opened: OpenedModel;
  #tokenizer: Promise<Tokenizer> | undefined;

  private constructor(opened: OpenedModel) {
    this.#opened = opened;
  }

  /**
   * The model of a Hugging Face folder or hub id. Errors name the file, tensor, plugin or config
   * key at fault.
   */
  static async fromPretrained(
    idOrFolder: string,
    options: LoadOptions = {},
  ): Promise<AutoModelForCausalLM> {
    return new AutoModelForCausalLM(await openPretrained(idOrFolder, options));
  }

  /** A model with random weights, from a folder that holds config.json. */
  static async fromConfig(
    folderPath: string,
    options: LoadOptions & { readonly seed?: number | undefined } = {},
  ): Promise<AutoModelForCausalLM> {
    return new AutoModelForCausalLM(await openUntrained(folderPath, options, options.seed ?? 42));
  }

  /** config.json as it is in the file. */
  get config(): Readonly<Record<string, unknown>> {
    return this.#opened.folder.config;
  }

  /** Ids that end a text, as the folder's generation settings name them. */
  get eosTokenIds(): readonly number[] {
    return this.#opened.folder.eosTokenIds;
  }

  /** The parameters and programs, for packages that build on them. */
  get session(): ModelSession {
    return this.#opened.session;
  }

  /** The adapter's tokenizer if it has one, else the model's. Errors: `missing-tokenizer`. */
  tokenizer(): Promise<Tokenizer> {
    this.#tokenizer ??= openTokenizer(this.#opened.tokenizerFolder);
    return this.#tokenizer;
  }

  /** Undefined for a folder without one. */
  #ownTokenizer(): Promise<Tokenizer | undefined> {
    return this.tokenizer().catch((error: unknown) => {
      if (error instanceof AutomodelError && error.code === 'missing-tokenizer') return undefined;
      throw error;
    });
  }

  /** The whole answer. See `stream`. */
  async generate(prompt: Prompt, options: TextOptions = {}): Promise<string> {
    let text = '';
    for await (const piece of this.stream(prompt, options)) text += piece;
    return text;
  }

  /**
   * The answer in pieces, as it is generated; a text prompt is a user's turn unless `raw`. Errors:
   * `missing-tokenizer` if a chat has no template; those of `generate`.
   */
  async *stream(
    prompt: Prompt,
    options: TextOptions = {},
  ): AsyncGenerator<string, void, undefined> {
    const tokenizer = await this.tokenizer();
    const stream = new DecodeStream(tokenizer, { skipSpecialTokens: true });
    for await (const id of this.streamIds(await this.promptIds(prompt, options), options)) {
      const piece = stream.push(id);
      if (piece !== '') yield piece;
    }
    const rest = stream.flush();
    if (rest !== '') yield rest;
  }

  /**
   * The ids that the model reads for a prompt: the rendered chat, or the text with the tokenizer's
   * special tokens if `raw`.
   */
  async promptIds(
    prompt: Prompt,
    { raw = false, tools }: TextOptions = {},
  ): Promise<readonly number[]> {
    const tokenizer = await this.tokenizer();
    if (typeof prompt === 'string' && raw)
      return [
        ...tokenizer.surroundingTokens.before,
        ...tokenizer.encode(prompt, { addSpecialTokens: false }),
      ];
    const messages: readonly ChatMessage[] =
      typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
    return tokenizer.encodeChat(messages, { tools, addGenerationPrompt: true });
  }

  /**
   * The ids that follow `promptIds`, without the one that ends the text: one of
   * generation_config.json's, or in a chat the tokenizer's eos.
   */
  async *streamIds(
    promptIds: readonly number[],
    options: TextOptions = {},
  ): AsyncGenerator<number, void, undefined> {
    const { raw, tools: _tools, ...sampling } = options;
    const stopIds =
      raw === true
        ? this.#opened.folder.eosTokenIds
        : stopIdsOf(await this.tokenizer(), this.#opened.folder.eosTokenIds);
    for await (const id of generate(this.#opened.session, promptIds, { ...sampling, stopIds }))
      if (!stopIds.includes(id)) yield id;
  }

  /**
   * Writes a complete Hugging Face folder, with an adapter merged into the weights. `dtype`: how
   * floats are stored; absent: as in the folder the model came from. `overwrite` as in
   * `PublishOptions`. Errors: `conflict` for a folder that may not be replaced.
   */
  async savePretrained(
    directory: string,
    options: PublishOptions & { readonly dtype?: DType | undefined } = {},
  ): Promise<SavedFolder> {
    const { folder, session, adapter, tokenizerFolder } = this.#opened;
    const tensors =
      adapter === undefined ? session.parameters.sources() : mergedSources(session, adapter);
    const { names } = session.model;
    const extraFiles = new Map<string, string | Uint8Array>([
      ...(tokenizerFolder === folder.path ? [] : await tokenizerFilesIn(tokenizerFolder)),
      ...(await convertedTokenizerFiles(tokenizerFolder)),
      ...(await modelFiles(session.model)),
      ...resultStops(folder, await this.#ownTokenizer()),
    ]);
    return saveHuggingFaceFolder({
      directory,
      base: folder,
      tensors,
      tying: names ?? 'as-stored',
      extraFiles,
      configChanges: vocabularyChange(folder, session.model.vocabularySize),
      ...(options.dtype === undefined ? {} : { dtype: options.dtype }),
      overwrite: options.overwrite,
    });
  }

  /** Waits for calls in progress and frees all memory. */
  async close(): Promise<void> {
    await this.#opened.session.close();
    await this.#opened.backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
