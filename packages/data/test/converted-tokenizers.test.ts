// Folders without tokenizer.json: SentencePiece models and tiktoken files have the ids of PyPI's
// sentencepiece and tiktoken (tooling/tokenizer-table), and what a file does not say is refused.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { convertedTokenizerFiles, Tokenizer } from '../src/index.js';

type Texts = readonly (readonly [text: string, ids: readonly number[]])[];

const { sentencepiece, tiktoken } = JSON.parse(
  readFileSync(
    fileURLToPath(new URL('./fixtures/converted-tokenizers.json', import.meta.url)),
    'utf8',
  ),
) as {
  readonly sentencepiece: Readonly<Record<string, { readonly model: string; texts: Texts }>>;
  readonly tiktoken: Readonly<Record<string, { readonly file: string; texts: Texts }>>;
};

const root = mkdtempSync(join(tmpdir(), 'automodel-converted-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder = '';
let folders = 0;
beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
});
const write = (name: string, value: string | Buffer | object): void =>
  writeFileSync(
    join(folder, name),
    typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
  );
const writeModel = (name: string): void =>
  write('tokenizer.model', Buffer.from(sentencepiece[name]!.model, 'base64'));

async function expectIds(texts: Texts): Promise<void> {
  const tokenizer = await Tokenizer.fromPretrained(folder);
  for (const [text, ids] of texts)
    expect(tokenizer.encode(text, { addSpecialTokens: false }), JSON.stringify(text)).toEqual(ids);
}

describe('a SentencePiece model', () => {
  it.each(Object.keys(sentencepiece))('%s: has the ids of sentencepiece', async (name) => {
    writeModel(name);
    await expectIds(sentencepiece[name]!.texts);
  });

  it('names its own special tokens, and tokenizer_config.json says where they stand', async () => {
    writeModel('bpe-keeping-spaces');
    const plain = await Tokenizer.fromPretrained(folder);
    expect(plain.specialTokens).toMatchObject({ bos_token: '<s>', eos_token: '</s>' });
    expect(plain.surroundingTokens).toEqual({ before: [], after: [] });
    write('tokenizer_config.json', { add_bos_token: true, add_eos_token: true });
    const tokenizer = await Tokenizer.fromPretrained(folder);
    expect(tokenizer.surroundingTokens).toEqual({ before: [1], after: [2] });
    expect(tokenizer.decode(tokenizer.encode('a 水<s>'), { skipSpecialTokens: true })).toBe('a 水');
  });

  it('marks only the beginning of a text where the configuration asks for it', async () => {
    writeModel('bpe-keeping-spaces');
    const ids = async (): Promise<number[]> =>
      (await Tokenizer.fromPretrained(folder)).encode('a</s>a');
    const [mark, letter] = (await ids()).slice(0, 2);
    expect(await ids()).toEqual([mark, letter, 2, mark, letter]);
    write('tokenizer_config.json', { legacy: false });
    expect(await ids()).toEqual([mark, letter, 2, letter]);
  });

  it('gives a copy its tokenizer.json', async () => {
    writeModel('unigram');
    write('tokenizer_config.json', { tokenizer_class: 'LlamaTokenizer' });
    const files = await convertedTokenizerFiles(folder);
    expect([...files.keys()]).toEqual(['tokenizer.json', 'tokenizer_config.json']);
    for (const [name, text] of files) write(name, text);
    rmSync(join(folder, 'tokenizer.model'));
    await expectIds(sentencepiece['unigram']!.texts);
    expect((await Tokenizer.fromPretrained(folder)).eosTokenId).toBe(2);
    expect(await convertedTokenizerFiles(folder)).toEqual(new Map());
  });

  it('is refused for classes that give its pieces other ids', async () => {
    writeModel('unigram');
    write('tokenizer_config.json', { tokenizer_class: 'XLMRobertaTokenizer' });
    await expect(Tokenizer.fromPretrained(folder)).rejects.toThrow(
      `${join(folder, 'tokenizer.model')}: tokenizer_class XLMRobertaTokenizer gives the pieces ` +
        'of this file other ids',
    );
  });
});

describe('a tiktoken file', () => {
  it.each(Object.keys(tiktoken))('of %s has the ids of tiktoken', async (type) => {
    write('vocabulary.tiktoken', tiktoken[type]!.file);
    write('config.json', { model_type: type });
    await expectIds(tiktoken[type]!.texts);
  });

  it('has the special tokens of its configuration, or those of its model type', async () => {
    write('qwen.tiktoken', tiktoken['qwen2']!.file);
    write('config.json', { model_type: 'qwen2' });
    const usual = await Tokenizer.fromPretrained(folder);
    expect(usual.encode('<|im_end|>')).toEqual([342]);
    write('tokenizer_config.json', {
      added_tokens_decoder: {
        340: { content: '<|a|>', special: true },
        342: { content: '<|b|>', special: true },
      },
    });
    const own = await Tokenizer.fromPretrained(folder);
    expect(own.encode('<|b|><|reserved_token_341|><|a|>')).toEqual([342, 341, 340]);
  });

  it('may be called tokenizer.model', async () => {
    write('tokenizer.model', tiktoken['llama']!.file);
    write('config.json', { model_type: 'llama' });
    await expectIds(tiktoken['llama']!.texts);
    expect((await Tokenizer.fromPretrained(folder)).tokenToId('<|eot_id|>')).toBe(349);
  });

  it('is refused for another model type, and so is another file', async () => {
    write('x.tiktoken', tiktoken['llama']!.file);
    await expect(Tokenizer.fromPretrained(folder)).rejects.toThrow(
      /x\.tiktoken: a tiktoken file does not say how .* for a folder without model type it is not/,
    );
    write('config.json', { model_type: 'gemma' });
    await expect(Tokenizer.fromPretrained(folder)).rejects.toThrow(/the model type gemma/);
    write('x.tiktoken', 'no tokens\n');
    await expect(Tokenizer.fromPretrained(folder)).rejects.toThrow(
      /neither a SentencePiece model nor a tiktoken file/,
    );
  });
});
