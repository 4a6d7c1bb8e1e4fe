// Chat templates: whatever they do, they end soon with a text that is not too long, or with an
// error.
import { readFileSync } from 'node:fs';
import { ChatTemplate, renderAssistantTurns } from '@automodel/data';
import type { FuzzTarget } from '../fuzz-target.js';

const MESSAGES = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'hi' },
  { role: 'assistant', content: 'hello' },
  { role: 'user', content: 'more' },
  { role: 'assistant', content: 'no' },
];

const LOOPS =
  `{%- set ns = namespace(text='', n=0) %}{%- for m in messages %}{%- for i in range(3) %}{%- ` +
  `set ns.text = ns.text + m.content + ns.text[:4] %}{%- endfor %}{{- '<' + m['role'] + '>' + ` +
  `(m.content | trim) + eos_token }}{%- if loop.last and add_generation_prompt %}{{ ` +
  `'<assistant>' }}{%- endif %}{%- endfor %}`;
const MACROS =
  `{%- macro turn(m, end='\\n') %}{{ m.role ~ ': ' ~ m.content | upper ~ end }}{%- endmacro ` +
  `%}{%- for m in messages if m.role != 'system' %}{{ turn(m) }}{%- else %}none{%- endfor %}{{ ` +
  `tools | tojson if tools else '' }}`;

export const template: FuzzTarget = {
  name: 'template',
  seeds: [
    readFileSync(
      new URL('../../../../examples/quickstart/tokenizer/chat_template.jinja', import.meta.url),
    ),
    Buffer.from(LOOPS),
    Buffer.from(MACROS),
  ],
  read: async (bytes) => {
    await Promise.resolve();
    const made = new ChatTemplate(
      'template',
      bytes.toString('utf8'),
      { bos_token: '<s>', eos_token: '</s>' },
      () => new Date(0),
    );
    const text = made.render(MESSAGES, { addGenerationPrompt: true });
    if (typeof text !== 'string' || text.length > 5_000_000)
      throw new Error(`rendered ${typeof text} of ${String(text).length}`);
    const turns = renderAssistantTurns(made, MESSAGES, {
      specialTokens: ['</s>', '<|im_end|>'],
      location: 'rows.jsonl:1',
    });
    if (typeof turns.text !== 'string') throw new Error('no text');
  },
};
