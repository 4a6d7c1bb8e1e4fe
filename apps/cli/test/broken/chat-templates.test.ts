// Chat templates.
import { testBroken, type BrokenCase } from './support/broken-case.js';

const template = (name: string, text: string, says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.write('model/chat_template.jinja', text),
});

testBroken('the chat template', [
  {
    name: 'is not there',
    breaks: (at) => {
      at.remove('model/chat_template.jinja');
      at.json('model/tokenizer_config.json', (value) => {
        delete value['chat_template'];
      });
      at.rows({
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
        ],
      });
    },
    says: /model: the tokenizer has no chat template/,
  },
  template(
    'does not parse',
    '{% for m in messages %}{{ m.content }',
    /chat template of model:1:37: unexpected/,
  ),
  template('lacks an end', '{% if messages %}x', /chat template of model:1:19: Unexpected end/),
  template(
    'calls a function that is not there',
    '{{ unknown_function(messages) }}',
    /rows\.jsonl:1: .*chat template of model:1:\d+: 'unknown_function' is undefined/,
  ),
  template(
    'uses a filter that is not there',
    '{{ messages | frobnicate }}',
    /chat template.*frobnicate/,
  ),
  template(
    'never ends',
    '{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}',
    /rows\.jsonl:1: .*of model:1:\d+: the template was stopped.*dataset\.chat_template/,
  ),
  template(
    'doubles its text',
    `{% set ns = namespace(t='xx') %}{% for i in range(100) %}{% set ns.t = ns.t + ns.t %}{% ` +
      `endfor %}{{ ns.t }}`,
    /rows\.jsonl:1: .*of model:1:\d+: the template was stopped/,
  ),
  template(
    'calls itself for ever',
    '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
    /rows\.jsonl:1: .*of model:1:\d+: the template was stopped: its calls or values are too deep/,
  ),
  template(
    'refuses the rows',
    `{{ raise_exception('only one turn, please') }}`,
    /rows\.jsonl:1.*only one turn, please/,
  ),
  template('writes nothing', '', /rows\.jsonl:1/),
  template(
    'leaves the assistant out',
    `{% for m in messages %}{% if m.role != 'assistant' %}${'{{ m.content }}'}{% endif %}{% ` +
      'endfor %}',
    /rows\.jsonl:1/,
  ),
  {
    name: 'is named by the recipe and not there',
    breaks: (at) =>
      at.recipe(
        '  path_or_dataset_id: rows.jsonl\n  chat_template: other.jinja',
        '  path_or_dataset_id: rows.jsonl',
      ),
    says: /other\.jinja/,
  },
  {
    name: 'is named by the recipe and a folder',
    breaks: (at) =>
      at.recipe(
        '  path_or_dataset_id: rows.jsonl\n  chat_template: model',
        '  path_or_dataset_id: rows.jsonl',
      ),
    says: /chat_template|model/,
  },
]);
