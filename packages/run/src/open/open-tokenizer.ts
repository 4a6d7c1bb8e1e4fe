// The tokenizer of a run: the model's own or the one a recipe names, with the chat template
// replaced if a recipe says so.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readTokenizerFiles, Tokenizer } from '@automodel/data';
import { AutomodelError } from '@automodel/core';

/** A template written as text, or as the path of a .jinja file. Errors: `missing-file`. */
export async function chatTemplateText(written: string, workingDirectory: string): Promise<string> {
  if (/[{}\n]/.test(written)) return written;
  const path = resolve(workingDirectory, written);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AutomodelError(
      'missing-file',
      'chat_template is neither a Jinja text nor a file that can be read',
      { location: path, cause },
    );
  }
}

/**
 * The tokenizer in `folder`; `chatTemplate` takes the place of its own. Errors:
 * `missing-tokenizer`, `bad-file`, `missing-file`.
 */
export async function openTokenizer(
  folder: string,
  chatTemplate?: string | null,
  workingDirectory = '.',
): Promise<Tokenizer> {
  const files = await readTokenizerFiles(folder);
  if (chatTemplate === undefined || chatTemplate === null) return new Tokenizer(files);
  return new Tokenizer({
    ...files,
    chatTemplates: new Map([['default', await chatTemplateText(chatTemplate, workingDirectory)]]),
  });
}
