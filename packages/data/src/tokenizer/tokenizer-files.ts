// Reads the tokenizer files of a Hugging Face folder: tokenizer.json, tokenizer_config.json,
// special_tokens_map.json and the chat templates.
// Reading happens here, and the refusal of what contradicts itself; what the files mean is the
// tokenizer's business. Errors name the file.
import { isUtf8 } from 'node:buffer';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { duplicateKey } from '../json/duplicate-key.js';
import { convertedTokenizer, type ConvertedTokenizer } from '../conversion/converted-tokenizer.js';
import { oneLine } from '../json/one-line.js';
import { checkDefinition, checkNamedTokens } from './check-definition.js';
import { decoderTokens } from './configured-tokens.js';
import { isObject, type JsonObject } from '../json/json-object.js';

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
 * A chat template comes from chat_template.jinja, else from chat_template.json, else from the
 * `chat_template` key of tokenizer_config.json (a text or a list of named templates); further named
 * ones from additional_chat_templates/*.jinja.
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

async function readChatTemplates(
  folder: string,
  config: JsonObject,
): Promise<ReadonlyMap<string, string>> {
  const configPath = join(folder, 'tokenizer_config.json');
  const templates = templatesOf(config['chat_template'], configPath);
  const legacyPath = join(folder, 'chat_template.json');
  const legacy = await readJson(legacyPath);
  for (const [name, text] of templatesOf(legacy?.['chat_template'], legacyPath))
    templates.set(name, text);
  const main = await readText(join(folder, 'chat_template.jinja'));
  if (main !== undefined) templates.set('default', main);
  const extra = join(folder, 'additional_chat_templates');
  for (const file of await listFiles(extra)) {
    if (!file.endsWith('.jinja')) continue;
    const text = await readText(join(extra, file));
    if (text !== undefined) templates.set(file.slice(0, -'.jinja'.length), text);
  }
  return templates;
}

function templatesOf(value: unknown, path: string): Map<string, string> {
  if (value === undefined || value === null) return new Map();
  if (typeof value === 'string') return new Map([['default', value]]);
  if (Array.isArray(value)) {
    return new Map(
      value.map((entry: unknown): [string, string] => {
        if (
          isObject(entry) &&
          typeof entry['name'] === 'string' &&
          typeof entry['template'] === 'string'
        )
          return [entry['name'], entry['template']];
        throw new AutomodelError(
          'bad-file',
          'chat_template: each entry of the list needs a "name" and a "template"',
          { location: path },
        );
      }),
    );
  }
  throw new AutomodelError(
    'bad-file',
    'chat_template must be a text or a list of named templates',
    { location: path },
  );
}

async function readJson(path: string): Promise<JsonObject | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const refuse = (message: string, cause?: unknown): AutomodelError =>
    new AutomodelError('bad-file', message, {
      location: path,
      hint: 'mend the file, or fetch the tokenizer again',
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse(
      `not valid JSON: ${oneLine(cause instanceof Error ? cause.message : String(cause))}`,
      cause,
    );
  }
  if (!isObject(value)) throw refuse('expected a JSON object');
  const key = duplicateKey(text, value);
  if (key !== undefined)
    throw refuse(`the key ${JSON.stringify(key)} is written twice in one object`);
  return value;
}

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

async function readText(path: string): Promise<string | undefined> {
  const bytes = await readBytes(path);
  if (bytes !== undefined && !isUtf8(bytes))
    throw new AutomodelError('bad-file', 'not UTF-8 text', {
      location: path,
      hint: 'fetch the tokenizer again',
    });
  return bytes?.toString('utf8');
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  const bytes = await absentAsUndefined(path, () => readFile(path));
  if (bytes?.toString('latin1', 0, LFS_POINTER.length) === LFS_POINTER)
    throw new AutomodelError('bad-file', 'this is a Git LFS pointer, not the file itself', {
      location: path,
      hint: 'fetch the files with git lfs pull',
    });
  return bytes;
}

async function listFiles(path: string): Promise<readonly string[]> {
  const names = await absentAsUndefined(path, () => readdir(path));
  return (names ?? []).sort();
}

async function absentAsUndefined<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AutomodelError('io', `cannot be read (${String(code ?? cause)})`, {
      location: path,
      cause,
    });
  }
}
