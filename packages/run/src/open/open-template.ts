// A chat template to look at, by what a user calls it: the one of a model, or one in a file; and
// the tokenizer whose special tokens it is rendered with.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import {
  readTemplateFiles,
  readTokenizerFiles,
  templateWriter,
  Tokenizer,
  type InspectedTemplate,
  type TemplateFiles,
} from '@automodel/data';
import { resolveModelFolder, type ResolveOptions } from '@automodel/hub';
import { stopTokensFor } from '../evaluation/stop-ids.js';

export interface TemplateOptions extends Omit<ResolveOptions, 'parts' | 'subfolder' | 'revision'> {
  /**
   * Folder or hub id of the tokenizer. Default: the folder that holds the template, where it has a
   * tokenizer too.
   */
  readonly tokenizer?: string | undefined;
}

/**
 * The template of a folder or hub id, or in a file (Jinja text, or JSON with `chat_template`).
 * Without a tokenizer, it knows the special tokens that its own file names. Errors: `missing-file`,
 * `missing-tokenizer` (no template), `bad-file`, those of a download.
 */
export async function openTemplate(
  name: string,
  { tokenizer: tokenizerName, ...options }: TemplateOptions = {},
): Promise<InspectedTemplate> {
  const find = (given: string): Promise<string> =>
    resolveModelFolder(given, { ...options, parts: 'tokenizer' });
  const path = resolve(options.workingDirectory ?? '.', name);
  const isFile = await stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
  const place = isFile || isTemplateName(name) ? path : await find(name);
  const files = await readTemplateFiles(place);
  const own = isFile ? undefined : place;
  const folder = tokenizerName === undefined ? own : await find(tokenizerName);
  const tokenizer =
    folder === undefined
      ? undefined
      : await tokenizerWith(files, folder, tokenizerName === undefined);
  if (folder === undefined || tokenizer === undefined) return { writer: templateWriter(files) };
  const stopTokens = stopTokensFor(tokenizer, await configuredStops(folder));
  return { writer: templateWriter(files, tokenizer), tokenizer, stopTokens };
}

/** A path that can only mean a file, so that a wrong one is not looked for on the hub. */
const isTemplateName = (name: string): boolean => /\.(?:jinja2?|json|j2)$/.test(name);

/** The tokenizer of `folder` with these templates; undefined where it may be absent and is. */
async function tokenizerWith(
  { chatTemplates }: TemplateFiles,
  folder: string,
  isOptional: boolean,
): Promise<Tokenizer | undefined> {
  try {
    const files = await readTokenizerFiles(folder);
    return new Tokenizer({ ...files, chatTemplates });
  } catch (error) {
    const isAbsent = error instanceof AutomodelError && error.code === 'missing-tokenizer';
    if (isAbsent && isOptional) return undefined;
    throw error;
  }
}

/** Ids that the settings of a model's folder name; none for an adapter or a tokenizer alone. */
async function configuredStops(folder: string): Promise<readonly number[]> {
  const isModel =
    existsSync(join(folder, 'config.json')) && !existsSync(join(folder, 'adapter_config.json'));
  return isModel
    ? (await HuggingFaceFolder.open(folder, { withoutWeights: true })).eosTokenIds
    : [];
}
