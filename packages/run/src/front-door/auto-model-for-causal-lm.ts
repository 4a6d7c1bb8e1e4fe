// The library's front door: a causal language model by folder or hub id, to generate with and to
// save. It owns its session and its backend; close it, or declare it with `await using`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  HuggingFaceFolder,
  saveHuggingFaceFolder,
  tokenizerFilesIn,
  type SavedFolder,
} from '@automodel/checkpoint';
import type { Adapter, Backend } from '@automodel/contracts';
import type { DType } from '@automodel/core';
import { DecodeStream, type ChatMessage, type Tokenizer } from '@automodel/data';
import { generate, type GenerateOptions } from '@automodel/generate';
import { mergedSources, ModelSession } from '@automodel/session';
import { openTokenizer } from '../open/open-tokenizer.js';
import { stopIdsFor } from '../evaluation/stop-ids.js';
import { resolveModelFolder, type HubOptions } from '@automodel/hub';
import { modelFiles } from '../open/model-files.js';
import { createModel, resolvePrecision } from '../open/model-folder.js';
import { openAdapter } from '../open/open-adapter.js';
import { openBackend, type BackendChoice } from '../open/open-backend.js';
import { discoverPlugins } from '../plugins/discover-plugins.js';
import { PluginRegistry, type Plugin } from '../plugins/plugin-registry.js';

export interface LoadOptions extends Omit<HubOptions, 'timing'> {
  /** How to compute; weights are read as they are stored. Absent: as stored. */
  readonly dtype?: 'f32' | 'bf16' | undefined;
  /** Plugin objects or a registry; absent: those installed in the working directory's project. */
  readonly plugins?: readonly Plugin[] | PluginRegistry | undefined;
  readonly backend?: BackendChoice | undefined;
  /** A PEFT adapter folder or hub id on top of the model. */
  readonly adapter?: string | undefined;
  /**
   * A recorded forward pass (graph.json) that takes the place of a model package; absent: the
   * folder's own where no package implements its model_type.
   */
  readonly graph?: string | undefined;
  /** Where a relative folder starts; by default the process's. */
  readonly workingDirectory?: string | undefined;
}

export interface TextOptions extends Omit<GenerateOptions, 'stopIds'> {
  /** Skips the chat template: the prompt is text to continue. */
  readonly raw?: boolean | undefined;
  /** JSON schemas of functions, for templates that take them. */
  readonly tools?: readonly unknown[] | undefined;
}

/** A text, or a chat whose next turn is wanted. */
export type Prompt = string | readonly ChatMessage[];

interface Parts {
  readonly folder: HuggingFaceFolder;
  readonly backend: Backend;
  readonly session: ModelSession;
  readonly adapter: Adapter | undefined;
  /**
   * The adapter's folder where it brings a tokenizer, whose chat template it was trained with, else
   * the model's.
   */
  readonly tokenizerFolder: string;
}

const registryOf = async (plugins: LoadOptions['plugins']): Promise<PluginRegistry> =>
  plugins instanceof PluginRegistry
    ? plugins
    : new PluginRegistry({
        discovered: await discoverPlugins({ workingDirectory: process.cwd() }),
        given: plugins ?? [],
      });

export class AutoModelForCausalLM implements AsyncDisposable {
  readonly #parts: Parts;
  #tokenizer: Promise<Tokenizer> | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The model of a Hugging Face folder or hub id. Errors name the file, tensor, plugin or config
   * key at fault.
   */
  static async fromPretrained(
    idOrFolder: string,
    options: LoadOptions = {},
  ): Promise<AutoModelForCausalLM> {
    const folder = await HuggingFaceFolder.open(await resolveModelFolder(idOrFolder, options));
    return AutoModelForCausalLM.#open(folder, options, (session) =>
      ModelSession.load(session, folder.weights.tensors, folder.path),
    );
  }

  /** A model with random weights, from a folder that holds config.json. */
  static async fromConfig(
    folderPath: string,
    options: LoadOptions & { readonly seed?: number | undefined } = {},
  ): Promise<AutoModelForCausalLM> {
    const folder = await HuggingFaceFolder.open(folderPath, { withoutWeights: true });
    return AutoModelForCausalLM.#open(folder, options, (session) =>
      ModelSession.initialize({ ...session, trainable: () => true }, options.seed ?? 42),
    );
  }

  static async #open(
    folder: HuggingFaceFolder,
    options: LoadOptions,
    load: (
      session: Parameters<typeof ModelSession.load>[0],
    ) => ModelSession | Promise<ModelSession>,
  ): Promise<AutoModelForCausalLM> {
    const plugins = await registryOf(options.plugins);
    const model = await createModel(plugins, folder, options);
    const adapterFolder =
      options.adapter === undefined
        ? undefined
        : await resolveModelFolder(options.adapter, { ...options, revision: undefined });
    const adapter =
      adapterFolder === undefined ? undefined : await openAdapter(plugins, adapterFolder, model);
    const tokenizerFolder =
      adapterFolder !== undefined && existsSync(join(adapterFolder, 'tokenizer.json'))
        ? adapterFolder
        : folder.path;
    const backend = await openBackend(plugins, options.backend);
    try {
      const session = await load({
        backend,
        model,
        adapter,
        precision: resolvePrecision('auto', options.dtype ?? 'auto', folder),
      });
      return new AutoModelForCausalLM({
        folder,
        backend,
        session,
        adapter: adapter?.adapter,
        tokenizerFolder,
      });
    } catch (error) {
      await backend.close();
      throw error;
    }
  }

  /** config.json as it stands in the file. */
  get config(): Readonly<Record<string, unknown>> {
    return this.#parts.folder.config;
  }

  /** Ids that end a text, as the folder's generation settings name them. */
  get eosTokenIds(): readonly number[] {
    return this.#parts.folder.eosTokenIds;
  }

  /** The parameters and programs, for packages that build on them. */
  get session(): ModelSession {
    return this.#parts.session;
  }

  /** The adapter's tokenizer where it brings one, else the model's. Errors: `missing-tokenizer`. */
  tokenizer(): Promise<Tokenizer> {
    this.#tokenizer ??= openTokenizer(this.#parts.tokenizerFolder);
    return this.#tokenizer;
  }

  /** The whole answer. See `stream`. */
  async generate(prompt: Prompt, options: TextOptions = {}): Promise<string> {
    let text = '';
    for await (const piece of this.stream(prompt, options)) text += piece;
    return text;
  }

  /**
   * The answer in pieces, as it is generated; a text prompt is a user's turn unless `raw`. Errors:
   * `missing-tokenizer` where a chat has no template; those of `generate`.
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
   * What the model reads for a prompt: the rendered chat, or the text with the tokenizer's special
   * tokens when `raw`.
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
   * The ids that follow `promptIds`, without the one that ends the text: generation_config.json's,
   * and in a chat the tokenizer's eos.
   */
  async *streamIds(
    promptIds: readonly number[],
    options: TextOptions = {},
  ): AsyncGenerator<number, void, undefined> {
    const { raw, tools: _tools, ...sampling } = options;
    const stopIds =
      raw === true
        ? this.#parts.folder.eosTokenIds
        : stopIdsFor(await this.tokenizer(), this.#parts.folder.eosTokenIds);
    for await (const id of generate(this.#parts.session, promptIds, { ...sampling, stopIds }))
      if (!stopIds.includes(id)) yield id;
  }

  /**
   * Writes a complete Hugging Face folder, an adapter merged into the weights. `dtype`: how floats
   * are stored; absent: as in the folder the model came from. Errors: `conflict` for a folder that
   * holds other files.
   */
  async savePretrained(
    directory: string,
    options: { readonly dtype?: DType | undefined } = {},
  ): Promise<SavedFolder> {
    const { folder, session, adapter, tokenizerFolder } = this.#parts;
    const tensors =
      adapter === undefined ? session.parameters.sources() : mergedSources(session, adapter);
    const { names } = session.model;
    const extraFiles = new Map<string, string | Uint8Array>([
      ...(tokenizerFolder === folder.path ? [] : await tokenizerFilesIn(tokenizerFolder)),
      ...(await modelFiles(session.model)),
    ]);
    return saveHuggingFaceFolder({
      directory,
      base: folder,
      tensors,
      tying: names ?? 'as-stored',
      extraFiles,
      ...(options.dtype === undefined ? {} : { dtype: options.dtype }),
    });
  }

  /** Waits for calls in progress and frees all memory. */
  async close(): Promise<void> {
    await this.#parts.session.close();
    await this.#parts.backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
