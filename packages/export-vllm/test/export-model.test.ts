// Folders of models: heads, stop ids, templates and types as vLLM wants them, and what is checked
// after writing.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExportRequest, ExportResult } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { openWeights } from '@automodel/checkpoint';
import { describe, expect, it } from 'vitest';
import vllm from '@automodel/export-vllm';
import { DECODER_NAMES } from '@automodel/nn';
import { EMBEDDING, scratch, standInLogits, tinyFolder, type TinyFolder } from './tiny-folder.js';

const tokenizers = fileURLToPath(new URL('../../../goldens/tokenizers/', import.meta.url));
const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

async function write(
  folder: TinyFolder,
  more: Partial<ExportRequest> & { readonly tokenizer?: string } = {},
): Promise<ExportResult> {
  const model = await tinyFolder(folder);
  if (more.tokenizer !== undefined)
    cpSync(join(tokenizers, more.tokenizer), model, { recursive: true });
  return vllm.export({
    model,
    output: join(scratch(), 'served'),
    names: DECODER_NAMES,
    logits: standInLogits,
    ...more,
  });
}

describe('heads', () => {
  it('leaves a tied head out and says so in the flag', async () => {
    const { path, checks } = await write({
      head: EMBEDDING,
      config: { tie_word_embeddings: true },
    });
    expect((await openWeights(path)).has('lm_head.weight')).toBe(false);
    expect(json(join(path, 'config.json'))['tie_word_embeddings']).toBe(true);
    expect(checks).toEqual(['2 tensors read back and equal', "logits equal to the source's"]);
  });

  it('writes a diverged head with the flag false, and says that it did', async () => {
    const { path, notes } = await write({
      head: EMBEDDING.map((value) => value * 2),
      config: { tie_word_embeddings: true },
    });
    expect((await openWeights(path)).has('lm_head.weight')).toBe(true);
    expect(json(join(path, 'config.json'))['tie_word_embeddings']).toBe(false);
    expect(notes.join()).toContain('lm_head.weight differs from the embedding');
  });

  it('writes down what the folder tells where config.json is silent', async () => {
    const silent = { config: { tie_word_embeddings: undefined } };
    expect(json(join((await write(silent)).path, 'config.json'))['tie_word_embeddings']).toBe(true);
    expect(
      json(join((await write({ ...silent, head: EMBEDDING })).path, 'config.json'))[
        'tie_word_embeddings'
      ],
    ).toBe(false);
  });
});

describe('stop ids', () => {
  it('adds the token that ends a turn to those that are configured', async () => {
    const { path } = await write(
      { files: { 'generation_config.json': { eos_token_id: 2001, temperature: 0.7 } } },
      { tokenizer: 'llama3' },
    );
    expect(json(join(path, 'generation_config.json'))).toEqual({
      eos_token_id: [2001, 2004],
      temperature: 0.7,
    });
  });

  it("knows a turn's end from the template where eos is another", async () => {
    expect(
      json(join((await write({}, { tokenizer: 'gemma' })).path, 'generation_config.json')),
    ).toEqual({ eos_token_id: [1, 5] });
  });

  it('leaves a complete file as it is, byte for byte', async () => {
    const text = '{ "eos_token_id": [2004, 1] }';
    const { path } = await write(
      { files: { 'generation_config.json': text } },
      { tokenizer: 'llama3' },
    );
    expect(readFileSync(join(path, 'generation_config.json'), 'utf8')).toBe(text);
  });
});

describe('notes', () => {
  it('names what a server would miss', async () => {
    const { notes } = await write({ config: { architectures: undefined } });
    expect(notes.map((note) => note.slice(0, 40))).toEqual([
      'config.json names no architectures: vLLM',
      'The folder has no tokenizer.json: serve ',
      'Nothing says which tokens end an answer ',
    ]);
  });

  it('says that there is no chat template', async () => {
    expect((await write({}, { tokenizer: 'unigram' })).notes.join()).toContain('no chat template');
  });
});

describe('the result', () => {
  it('has a command that a shell takes', async () => {
    const output = join(scratch(), 'my model');
    expect((await write({}, { output })).command).toBe(`vllm serve '${output}'`);
  });

  it('is stored in another type when asked, and the difference is reported', async () => {
    const { path, checks } = await write({ head: EMBEDDING }, { type: 'bf16' });
    expect(
      [...(await openWeights(path)).tensors.values()].map(({ storageType }) => storageType),
    ).toEqual(['BF16', 'BF16', 'BF16']);
    expect(checks[1]).toMatch(
      /logits within \d\.\de-\d of the source's largest \(stored as bf16\)/,
    );
    await expect(write({}, { type: 'q8_0' })).rejects.toThrow(/type "q8_0" is not one/);
  });

  it('is refused when it computes other logits, and an earlier result stays', async () => {
    const logits: ExportRequest['logits'] = async (source, ids) =>
      (await standInLogits(source, ids)).map((value) =>
        source.model.includes('served') ? value + 1 : value,
      );
    const output = join(scratch(), 'served');
    await expect(write({}, { output, logits })).rejects.toThrow(
      /served: the written model computes other logits/,
    );
    expect(readdirSync(join(output, '..'))).toEqual([]);
    await write({}, { output });
    const earlier = readFileSync(join(output, 'model.safetensors'));
    await expect(write({ head: EMBEDDING }, { output, logits, overwrite: true })).rejects.toThrow(
      /computes other logits/,
    );
    expect(readFileSync(join(output, 'model.safetensors'))).toEqual(earlier);
    expect(readdirSync(join(output, '..'))).toEqual(['served']);
  });

  it('is written all the same where no package computes the model', async () => {
    const { notes } = await write(
      {},
      {
        logits: () => Promise.reject(new AutomodelError('missing-plugin', 'npm install something')),
      },
    );
    expect(notes.join()).toContain('Logits were not compared: npm install something.');
  });

  it('never replaces a folder with other files', async () => {
    const output = await tinyFolder();
    await expect(write({}, { output })).rejects.toThrow(/not empty/);
  });
});
