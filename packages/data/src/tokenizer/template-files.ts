// Reads chat templates: those of a folder, wherever it keeps them, or those of one file. What the
// texts mean is the template engine's business.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { isObject, type JsonObject } from '../json/json-object.js';
import type { TemplateTexts } from '../templates/chat-templates.js';
import { listFiles, readJson, readText } from './folder-files.js';

/** Chat templates of a folder or file, and what stands beside them. */
export interface TemplateFiles extends TemplateTexts {
  /** tokenizer_config.json of the folder, or the file's own object; empty where there is none. */
  readonly config: JsonObject;
}

/**
 * The templates of a folder or of one file: Jinja text, or JSON with `chat_template`
 * (chat_template.json, tokenizer_config.json). Errors: `missing-file`, `bad-file`,
 * `missing-tokenizer` for a folder without a template.
 */
export async function readTemplateFiles(path: string): Promise<TemplateFiles> {
  const facts = await stat(path).catch(() => undefined);
  const { chatTemplates, config } =
    facts?.isDirectory() === true ? await filesOfFolder(path) : await filesOfFile(path);
  if (chatTemplates.size === 0)
    throw new AutomodelError('missing-tokenizer', 'there is no chat template here', {
      location: path,
      hint: 'name a folder or a file that holds one: chat_template.jinja, tokenizer_config.json',
    });
  return { source: path, chatTemplates, config };
}

async function filesOfFolder(path: string): Promise<Omit<TemplateFiles, 'source'>> {
  const config = (await readJson(join(path, 'tokenizer_config.json'))) ?? {};
  const specialTokens = (await readJson(join(path, 'special_tokens_map.json'))) ?? {};
  return {
    chatTemplates: await readChatTemplates(path, config),
    config: { ...specialTokens, ...config },
  };
}

async function filesOfFile(path: string): Promise<Omit<TemplateFiles, 'source'>> {
  const isJson = path.endsWith('.json');
  const config = isJson ? await readJson(path) : {};
  const text = isJson ? '' : await readText(path);
  if (config === undefined || text === undefined)
    throw new AutomodelError('missing-file', 'no such template file', {
      location: path,
      hint: 'check the path',
    });
  const chatTemplates = isJson
    ? templatesOf(config['chat_template'], path)
    : new Map([['default', text]]);
  return { chatTemplates, config };
}

/**
 * The templates of a folder whose tokenizer_config.json is `config`: from chat_template.jinja, else
 * from chat_template.json, else from `chat_template` in `config` (a text or a list of named
 * templates); further named ones from additional_chat_templates/*.jinja. Errors: `bad-file`.
 */
export async function readChatTemplates(
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
