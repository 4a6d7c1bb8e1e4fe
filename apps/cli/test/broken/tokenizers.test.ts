// Tokenizers and chat templates.
import { testBroken, type BrokenCase } from './support/broken-case.js';
import type { Json } from './support/sandbox.js';

const FILE = 'model/tokenizer.json';

const edited = (name: string, edit: (value: Json) => unknown, says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.json(FILE, edit),
});
const model = (name: string, edit: (model: Json) => void, says: RegExp): BrokenCase =>
  edited(name, (value) => edit(value['model'] as Json), says);
const template = (name: string, text: string, says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.write('model/chat_template.jinja', text),
});

testBroken('tokenizer.json', [
  {
    name: 'is not there',
    breaks: (at) => at.remove(FILE),
    says: /model: no tokenizer\.json in this folder \(.*tokenizer\.model/,
  },
  {
    name: 'is only tokenizer.model',
    breaks: (at) => {
      at.remove(FILE);
      at.write('model/tokenizer.model', '\n\x0b');
    },
    says: /model: no tokenizer\.json.*save_pretrained/,
  },
  {
    name: 'is empty',
    breaks: (at) => at.write(FILE, ''),
    says: /model\/tokenizer\.json: not valid JSON/,
  },
  {
    name: 'is cut off',
    breaks: (at) => at.write(FILE, at.read(FILE).slice(0, 5000)),
    says: /model\/tokenizer\.json: not valid JSON/,
  },
  {
    name: 'is a Git LFS pointer',
    breaks: (at) =>
      at.write(FILE, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'),
    says: /model\/tokenizer\.json: .*Git LFS pointer.*git lfs pull/,
  },
  {
    name: 'is a list',
    breaks: (at) => at.write(FILE, '[]'),
    says: /model\/tokenizer\.json: expected a JSON object/,
  },
  {
    name: 'is an empty object',
    breaks: (at) => at.write(FILE, '{}'),
    says: /tokenizer\.json.*model/,
  },
  {
    name: 'is not UTF-8',
    breaks: (at) =>
      at.write(
        FILE,
        Buffer.concat([
          Buffer.from(at.read(FILE).slice(0, -1)),
          Buffer.from([0x2c, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
        ]),
      ),
    says: /model\/tokenizer\.json: not UTF-8 text/,
  },
  edited(
    'has no model',
    (value) => {
      delete value['model'];
    },
    /tokenizer\.json.*"?model/,
  ),
  edited(
    'has an unknown pre-tokenizer',
    (value) => {
      value['pre_tokenizer'] = { type: 'Chopper' };
    },
    /tokenizer\.json.*Chopper/,
  ),
  edited(
    'has an unknown normalizer',
    (value) => {
      value['normalizer'] = { type: 'Shine' };
    },
    /tokenizer\.json.*Shine/,
  ),
  edited(
    'has an unknown decoder',
    (value) => {
      value['decoder'] = { type: 'Reverse' };
    },
    /tokenizer\.json.*Reverse/,
  ),
  edited(
    'has an unknown post-processor',
    (value) => {
      value['post_processor'] = { type: 'Stamp' };
    },
    /tokenizer\.json.*Stamp/,
  ),
  edited(
    'has a pre-tokenizer whose pattern is no pattern',
    (value) => {
      value['pre_tokenizer'] = {
        type: 'Split',
        pattern: { Regex: '(unclosed' },
        behavior: 'Isolated',
        invert: false,
      };
    },
    /tokenizer\.json/,
  ),
  edited(
    'has an added token without an id',
    (value) => {
      delete (value['added_tokens'] as Json[])[0]!['id'];
    },
    /tokenizer\.json.*added_tokens/,
  ),
  edited(
    'has two added tokens of one id',
    (value) => {
      const tokens = value['added_tokens'] as Json[];
      tokens[1]!['id'] = tokens[0]!['id'];
    },
    /tokenizer\.json.*(added_tokens|id)/,
  ),
  edited(
    "has an added token whose id is a word's",
    (value) => {
      (value['added_tokens'] as Json[])[0]!['id'] = 500;
    },
    /tokenizer\.json.*500/,
  ),
  model(
    'has an unknown model type',
    (value) => {
      value['type'] = 'Syllables';
    },
    /tokenizer\.json.*Syllables/,
  ),
  model(
    'has no vocabulary',
    (value) => {
      delete value['vocab'];
    },
    /tokenizer\.json.*vocab/,
  ),
  model(
    'has an empty vocabulary',
    (value) => {
      value['vocab'] = {};
    },
    /tokenizer\.json|vocab/,
  ),
  model(
    'has a vocabulary of texts',
    (value) => {
      for (const key of Object.keys(value['vocab'] as Json)) (value['vocab'] as Json)[key] = 'x';
    },
    /tokenizer\.json.*vocab/,
  ),
  model(
    'has an id twice',
    (value) => {
      const vocab = value['vocab'] as Json;
      const keys = Object.keys(vocab);
      vocab[keys[300]!] = vocab[keys[301]!];
    },
    /tokenizer\.json.*vocab/,
  ),
  model(
    'has a negative id',
    (value) => {
      const vocab = value['vocab'] as Json;
      vocab[Object.keys(vocab)[300]!] = -1;
    },
    /tokenizer\.json.*vocab/,
  ),
  model(
    'has no merges',
    (value) => {
      delete value['merges'];
    },
    /tokenizer\.json.*merges/,
  ),
  model(
    'has merges that are numbers',
    (value) => {
      value['merges'] = [1, 2, 3];
    },
    /tokenizer\.json.*merges/,
  ),
  model(
    'has a merge of three',
    (value) => {
      (value['merges'] as unknown[])[0] = ['a', 'b', 'c'];
    },
    /tokenizer\.json.*merges/,
  ),
  model(
    'has a merge of an unknown piece',
    (value) => {
      (value['merges'] as unknown[])[0] = ['\u4e00', '\u4e01'];
    },
    /tokenizer\.json.*merges/,
  ),
  {
    name: 'has more ids than the model',
    breaks: (at) =>
      at.json(FILE, (value) => {
        (value['added_tokens'] as Json[]).push({
          id: 2000,
          content: 'hello',
          special: false,
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
        });
        at.rows({
          messages: [
            { role: 'user', content: 'hello' },
            { role: 'assistant', content: 'a' },
          ],
        });
      }),
    says: /rows\.jsonl:1: .*2000.*1024/,
  },
  {
    name: 'has a tokenizer_config.json that is garbage',
    breaks: (at) => at.write('model/tokenizer_config.json', '{"eos_token": '),
    says: /model\/tokenizer_config\.json: not valid JSON/,
  },
  {
    name: 'has an eos token that is in no vocabulary',
    breaks: (at) =>
      at.json('model/tokenizer_config.json', (value) => {
        value['eos_token'] = '<|no-such-token|>';
      }),
    says: /tokenizer_config\.json.*eos_token.*<\|no-such-token\|>/,
  },
  {
    name: 'has an eos token that is a number',
    breaks: (at) =>
      at.json('model/tokenizer_config.json', (value) => {
        value['eos_token'] = 7;
      }),
    says: /tokenizer_config\.json.*eos_token/,
  },
]);

const HEADER =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}';

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
    /model.*the chat template does not parse/,
  ),
  template('lacks an end', '{% if messages %}x', /model.*the chat template does not parse/),
  template(
    'calls a function that is not there',
    '{{ unknown_function(messages) }}',
    /rows\.jsonl:1: .*chat template .*it calls unknown_function\(\), which is not defined here/,
  ),
  template(
    'uses a filter that is not there',
    '{{ messages | frobnicate }}',
    /chat template.*frobnicate/,
  ),
  template(
    'never ends',
    '{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}',
    /rows\.jsonl:1: .*model: the chat template was stopped.*dataset\.chat_template/,
  ),
  template(
    'doubles its text',
    `{% set ns = namespace(t='xx') %}{% for i in range(100) %}{% set ns.t = ns.t + ns.t %}{% ` +
      `endfor %}{{ ns.t }}`,
    /rows\.jsonl:1: .*model: the chat template was stopped/,
  ),
  template(
    'calls itself for ever',
    '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
    /rows\.jsonl:1: .*model: the chat template was stopped: its calls are more than 100 deep/,
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
  template(
    'changes the start when turns follow',
    `{{ messages | length }}${HEADER}`,
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
