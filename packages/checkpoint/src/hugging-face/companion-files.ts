// The files of a Hugging Face folder besides config and weights that a fine-tuned copy needs:
// tokenizer, chat template, generation defaults, processors, custom code, licences.
// They are copied byte for byte. A README is left out: it describes the base model, not the result.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFiles, type OwnFiles } from '../files/own-files.js';

const NAMES = new Set([
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'tokenizer.model',
  'spiece.model',
  'sentencepiece.bpe.model',
  'chat_template.jinja',
  'chat_template.json',
  'preprocessor_config.json',
  'processor_config.json',
  'video_preprocessor_config.json',
  'image_processor_config.json',
  'graph.json',
]);
const PATTERNS = [/\.tiktoken$/, /\.py$/, /^(LICENSE|LICENCE|NOTICE|USE_POLICY)(\.|$)/i];
const TEMPLATES = 'additional_chat_templates';

/** Names, relative to the folder and sorted, of the files to copy, and links that are not. */
export async function companionFiles(directory: string): Promise<OwnFiles> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries
    .filter(
      (entry) =>
        !entry.isDirectory() &&
        (NAMES.has(entry.name) || PATTERNS.some((pattern) => pattern.test(entry.name))),
    )
    .map((entry) => entry.name);
  if (entries.some((entry) => entry.isDirectory() && entry.name === TEMPLATES)) {
    const templates = await readdir(join(directory, TEMPLATES));
    names.push(
      ...templates.filter((name) => name.endsWith('.jinja')).map((name) => `${TEMPLATES}/${name}`),
    );
  }
  return ownFiles(directory, names.sort());
}
