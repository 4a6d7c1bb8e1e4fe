import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Tokenizer } from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

const root = mkdtempSync(join(tmpdir(), 'automodel-tokenizer-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder = '';
let folders = 0;
beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
  cpSync(join(tokenizerFolder('llama3'), 'tokenizer.json'), join(folder, 'tokenizer.json'));
});
const write = (name: string, value: unknown): void =>
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
const messages = [{ role: 'user', content: 'x' }];

describe('tokenizer files', () => {
  it('takes special tokens from both files, as texts or objects', async () => {
    write('special_tokens_map.json', {
      bos_token: { content: '<|begin_of_text|>', lstrip: false },
      eos_token: '<|end_of_text|>',
    });
    write('tokenizer_config.json', { eos_token: { content: '<|eot_id|>' }, pad_token: null });
    const tokenizer = await Tokenizer.fromPretrained(folder);
    expect(tokenizer).toMatchObject({
      bosTokenId: 2000,
      eosTokenId: 2004,
      padTokenId: undefined,
      unkTokenId: undefined,
      vocabSize: 2005,
    });
    expect(tokenizer.specialTokens).toEqual({
      bos_token: '<|begin_of_text|>',
      eos_token: '<|eot_id|>',
    });
    expect(tokenizer.surroundingTokens).toEqual({ before: [2000], after: [] });
  });

  it('works with tokenizer.json alone', async () => {
    const tokenizer = await Tokenizer.fromPretrained(folder);
    expect(tokenizer.encode('Hello')).toEqual([2000, 39, 68, 377, 78]);
    expect(() => tokenizer.applyChatTemplate(messages)).toThrow(
      `${folder}: the tokenizer has no chat template`,
    );
  });

  it('chooses named templates as transformers does; chat_template.jinja comes first', async () => {
    write('tokenizer_config.json', {
      chat_template: [
        { name: 'default', template: 'plain' },
        { name: 'tool_use', template: 'with tools' },
      ],
    });
    const named = await Tokenizer.fromPretrained(folder);
    expect([
      named.applyChatTemplate(messages),
      named.applyChatTemplate(messages, { tools: [] }),
    ]).toEqual(['plain', 'with tools']);
    write('chat_template.jinja', 'from the file');
    mkdirSync(join(folder, 'additional_chat_templates'));
    write('additional_chat_templates/tool_use.jinja', 'other tools');
    const files = await Tokenizer.fromPretrained(folder);
    expect([
      files.applyChatTemplate(messages),
      files.applyChatTemplate(messages, { tools: [] }),
    ]).toEqual(['from the file', 'other tools']);
    write('tokenizer_config.json', { chat_template: [{ name: 'rag', template: 'x' }] });
    rmSync(join(folder, 'chat_template.jinja'));
    await expect(
      Tokenizer.fromPretrained(folder).then((tokenizer) => tokenizer.chatTemplate()),
    ).rejects.toThrow('no chat template is called "default" (there are rag, tool_use)');
  });

  it('never cleans up spaces of BPE, and gives ids without vocabulary no text', async () => {
    write('tokenizer_config.json', { clean_up_tokenization_spaces: true });
    const tokenizer = await Tokenizer.fromPretrained(folder);
    expect(tokenizer.decode(tokenizer.encode('a . b', { addSpecialTokens: false }))).toBe('a . b');
    expect(tokenizer.decode([39, 9999, 68])).toBe('He');
  });

  it('names the file that is wrong', async () => {
    write('tokenizer_config.json', '{"a": }');
    await expect(Tokenizer.fromPretrained(folder)).rejects.toThrow(
      `${join(folder, 'tokenizer_config.json')}: not valid JSON`,
    );
    write('tokenizer_config.json', { chat_template: 3 });
    await expect(Tokenizer.fromPretrained(folder)).rejects.toThrow(
      'chat_template must be a text or a list of named templates',
    );
    write('tokenizer_config.json', {});
    write('tokenizer.json', { version: '1.0' });
    await expect(Tokenizer.fromPretrained(folder)).rejects.toMatchObject({
      code: 'bad-file',
      location: join(folder, 'tokenizer.json'),
    });
  });
});
