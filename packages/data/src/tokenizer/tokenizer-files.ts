// Reads the tokenizer files of a Hugging Face folder: tokenizer.json, tokenizer_config.json,
// special_tokens_map.json and the chat templates.
// Reading happens here, and the refusal of what contradicts itself; what the files mean is the
// tokenizer's business. Errors name the file.
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { convertedTokenizer, type ConvertedTokenizer } from '../conversion/converted-tokenizer.js';
import { checkDefinition, checkNamedTokens } from './check-definition.js';
import { decoderTokens } from './configured-tokens.js';
import type { JsonObject } from '../json/json-object.js';
import { listFiles, readBytes, readJson, readText } from './folder-files.js';
import { readChatTemplates } from './template-files.js';

/** The parsed tokenizer files of one folder. */
export interface TokenizerFiles {
  /** The folder (or another name) that errors mention. */
  readonly source: string;
  /** tokenizer.json. */
  readonly definition: JsonObject;
  /** tokenizer_config.json over special_tokens_map.json; empty when neither is there. */
  readonly config: JsonObject;
  /** Jinja texts by name; a single template is called `default`. */
  readonly chatTemplates: ReadonlyMap<string, string>;
}

/**
 * Reads the tokenizer files of `folder`.
 * Without tokenizer.json, one is made of tokenizer.model or *.tiktoken.
 * Errors: `missing-tokenizer` without any of them, `bad-file` for anything that does not parse,
 * is not UTF-8, or has a key twice.
 */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const definitionPath = join(folder, 'tokenizer.json');
  const configPath = join(folder, 'tokenizer_config.json');
  const config = (await readJson(configPath)) ?? {};
  const own = await readJson(definitionPath);
  const converted = own === undefined ? await convertFolder(folder, config) : undefined;
  const definition = own ?? converted?.definition ?? {};
  const specialTokens = (await readJson(join(folder, 'special_tokens_map.json'))) ?? {};
  const contents = new Set(checkDefinition(definition, definitionPath).keys());
  for (const { content } of decoderTokens(config, configPath).values()) contents.add(content);
  for (const [named, file] of [
    [config, 'tokenizer_config.json'],
    [specialTokens, 'special_tokens_map.json'],
  ] as const)
    checkNamedTokens(named, contents, join(folder, file));
  return {
    source: folder,
    definition,
    config: { ...converted?.config, ...specialTokens, ...config },
    chatTemplates: await readChatTemplates(folder, config),
  };
}

/**
 * The files, by name, that a copy of a folder without tokenizer.json needs: one, and a
 * tokenizer_config.json with the tokens that only the converted file names. Empty for a folder with
 * tokenizer.json, or without a tokenizer. Errors: those of `readTokenizerFiles`.
 */
export async function convertedTokenizerFiles(
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  if ((await readText(join(folder, 'tokenizer.json'))) !== undefined) return new Map();
  if ((await vocabularyFile(folder)) === undefined) return new Map();
  const { definition } = await readTokenizerFiles(folder);
  const config = (await readJson(join(folder, 'tokenizer_config.json'))) ?? {};
  const converted = await convertFolder(folder, config);
  return new Map(
    Object.entries({
      'tokenizer.json': definition,
      'tokenizer_config.json': { ...converted.config, ...config },
    }).map(([name, value]) => [name, `${JSON.stringify(value, null, 2)}\n`]),
  );
}

async function convertFolder(folder: string, config: JsonObject): Promise<ConvertedTokenizer> {
  const path = await vocabularyFile(folder);
  const bytes = path === undefined ? undefined : await readBytes(path);
  if (path === undefined || bytes === undefined)
    throw new AutomodelError('missing-tokenizer', 'no tokenizer.json in this folder', {
      location: folder,
      hint: 'tokenizer.model and *.tiktoken are read as well',
    });
  const modelConfig = (await readJson(join(folder, 'config.json'))) ?? {};
  return convertedTokenizer({ path, bytes, modelConfig, config });
}

/** The file that a tokenizer.json can be made of. */
async function vocabularyFile(folder: string): Promise<string | undefined> {
  const names = await listFiles(folder);
  const name =
    ['tokenizer.model', 'tiktoken.model'].find((known) => names.includes(known)) ??
    names.find((one) => one.endsWith('.tiktoken'));
  return name === undefined ? undefined : join(folder, name);
}
