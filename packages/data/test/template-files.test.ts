// Chat templates by the folder or file that they are in.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTemplateFiles } from '../src/index.js';
import { folder, write } from './written-files.js';

const templates = async (path: string): Promise<object> =>
  Object.fromEntries((await readTemplateFiles(path)).chatTemplates);

describe('chat templates', () => {
  it('are read from Jinja text, and from JSON that has one or several', async () => {
    expect(await templates(write('a.jinja', '{{ 1 }}'))).toEqual({ default: '{{ 1 }}' });
    const one = write('chat_template.json', '{"chat_template": "{{ 2 }}", "eos_token": "</s>"}');
    expect(await readTemplateFiles(one)).toEqual({
      source: one,
      chatTemplates: new Map([['default', '{{ 2 }}']]),
      config: { chat_template: '{{ 2 }}', eos_token: '</s>' },
    });
    const several = [
      { name: 'default', template: '3' },
      { name: 'tool_use', template: '4' },
    ];
    expect(
      await templates(write('several.json', JSON.stringify({ chat_template: several }))),
    ).toEqual({ default: '3', tool_use: '4' });
  });

  it('are read from a folder as a tokenizer reads them', async () => {
    write('model/tokenizer_config.json', '{"chat_template": "old", "bos_token": "<s>"}');
    write('model/special_tokens_map.json', '{"bos_token": "<x>", "eos_token": "</s>"}');
    write('model/chat_template.jinja', 'new');
    const files = await readTemplateFiles(join(folder, 'model'));
    expect(Object.fromEntries(files.chatTemplates)).toEqual({ default: 'new' });
    expect(files.config).toMatchObject({ bos_token: '<s>', eos_token: '</s>' });
  });

  it.each([
    ['nothing.jinja', undefined, 'missing-file', 'no such template file'],
    ['no-template.json', '{"messages": []}', 'missing-tokenizer', 'there is no chat template here'],
    ['broken.json', '{', 'bad-file', 'not valid JSON'],
    ['number.json', '{"chat_template": 1}', 'bad-file', 'must be a text or a list'],
  ])('are refused by name: %s', async (name, text, code, message) => {
    const path = text === undefined ? join(folder, name) : write(name, text);
    await expect(readTemplateFiles(path)).rejects.toMatchObject({
      code,
      location: path,
      message: expect.stringContaining(message) as string,
    });
  });
});
