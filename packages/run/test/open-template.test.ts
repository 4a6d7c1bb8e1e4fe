// A chat template by what a user calls it, and the tokens that it is rendered with.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTemplate, openTokenizer } from '@automodel/run';
import { writeDescription } from './tiny-model.js';

let root: string;
let model: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-template-'));
  model = await writeDescription(join(root, 'model'));
  await writeFile(join(root, 'own.jinja'), "{{ messages[0]['content'] }}{{ eos_token }}");
  await mkdir(join(root, 'alone'));
  await copyFile(join(model, 'chat_template.jinja'), join(root, 'alone/chat_template.jinja'));
});
afterAll(() => rm(root, { recursive: true }));

const QUESTION = [{ role: 'user', content: 'q' }];

describe('the template of', () => {
  test('a model comes with its tokenizer and the tokens that it stops at', async () => {
    const { writer, tokenizer, stopTokens } = await openTemplate('model', {
      workingDirectory: root,
    });
    const own = await openTokenizer(model);
    expect(writer.chatTemplate().render(QUESTION)).toBe(own.applyChatTemplate(QUESTION));
    expect(writer.specialTexts).toEqual(own.specialTexts);
    expect(tokenizer?.vocabSize).toBe(own.vocabSize);
    expect(stopTokens).toEqual(['<|im_end|>', '<|endoftext|>']);
    await writeFile(join(model, 'generation_config.json'), '{"eos_token_id": 1}');
    expect((await openTemplate(model)).stopTokens).toEqual(['<|im_start|>', '<|im_end|>']);
  });

  test('a file is rendered with the tokenizer that is named, and keeps its name', async () => {
    const path = join(root, 'own.jinja');
    const { writer, tokenizer, stopTokens } = await openTemplate(path, { tokenizer: model });
    expect(writer.chatTemplate().render(QUESTION)).toBe('q<|im_end|>');
    expect(writer.chatTemplate().name).toBe(path);
    expect(tokenizer?.encode('q<|im_end|>').at(-1)).toBe(tokenizer?.eosTokenId);
    expect(stopTokens).toContain('<|im_end|>');
    const bare = await openTemplate(path);
    expect(bare.writer.chatTemplate().render(QUESTION)).toBe('q');
    expect(bare).toEqual({ writer: bare.writer });
  });

  test('a folder without a tokenizer needs none, but a named one has to be there', async () => {
    const alone = join(root, 'alone');
    expect(await openTemplate(alone)).not.toHaveProperty('tokenizer');
    expect((await openTemplate(alone, { tokenizer: model })).tokenizer?.source).toBe(model);
    await expect(openTemplate(alone, { tokenizer: alone })).rejects.toMatchObject({
      code: 'missing-tokenizer',
    });
  });

  test('a file that is not there is not looked for on the hub', async () => {
    await expect(openTemplate('owner/own.jinja', { workingDirectory: root })).rejects.toMatchObject(
      {
        code: 'missing-file',
        location: join(root, 'owner/own.jinja'),
      },
    );
  });
});
