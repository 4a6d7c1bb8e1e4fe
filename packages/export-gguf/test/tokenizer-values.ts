// What a GGUF file says of the tokenizer of a tiny model.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import gguf from '@automodel/export-gguf';
import { DECODER_NAMES } from '@automodel/nn';
import { readGgufFile } from './gguf-reader.js';
import { scratch, tinyModel, tokenizers } from './tiny-model.js';

export const { sentencepiece: sentencePiece } = JSON.parse(
  readFileSync(
    fileURLToPath(new URL('../../data/test/fixtures/converted-tokenizers.json', import.meta.url)),
    'utf8',
  ),
) as { readonly sentencepiece: Readonly<Record<string, { readonly model: string }>> };

export interface Definition {
  added_tokens: { id: number; content: string }[];
  model: { vocab: Record<string, number>; merges: [string, string][]; ignore_merges: boolean };
  normalizer: unknown;
  pre_tokenizer: { pretokenizers: ({ type: string; pattern?: unknown } & object)[] };
}

export const definitionOf = (name: string): Definition =>
  JSON.parse(readFileSync(join(tokenizers, name, 'tokenizer.json'), 'utf8')) as Definition;

export async function valuesOf(
  tokenizer: string,
  change?: (definition: Definition) => void,
): Promise<{ values: ReadonlyMap<string, unknown>; notes: readonly string[] }> {
  const model = await tinyModel(tokenizer === 'gemma' ? 'gemma' : 'llama', { tokenizer });
  if (change !== undefined) {
    const definition = definitionOf(tokenizer);
    change(definition);
    writeFileSync(join(model, 'tokenizer.json'), JSON.stringify(definition));
  }
  const { path, notes } = await gguf.export({
    model,
    output: join(scratch(), 'out'),
    type: 'f16',
    names: DECODER_NAMES,
    logits: () => Promise.reject(new Error('not asked for')),
  });
  return { values: readGgufFile(path).values, notes };
}
