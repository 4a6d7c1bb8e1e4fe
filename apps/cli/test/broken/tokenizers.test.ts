// Tokenizers.
import { testBroken, type BrokenCase } from './support/broken-case.js';
import type { Json } from './support/sandbox.js';

const FILE = 'model/tokenizer.json';

const edited = (name: string, edit: (value: Json) => unknown, says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.json(FILE, edit),
});
/** Some keys changed. */
const changed = (name: string, changes: Json, says: RegExp): BrokenCase =>
  edited(name, (value) => ({ ...value, ...changes }), says);
/** The vocabulary and merges edited. */
const model = (name: string, edit: (model: Json) => unknown, says: RegExp): BrokenCase =>
  edited(name, (value) => void edit(value['model'] as Json), says);
/** Some keys of the part with vocabulary and merges changed. */
const modelWith = (name: string, changes: Json, says: RegExp): BrokenCase =>
  model(name, (value) => Object.assign(value, changes), says);

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
    says: /model\/tokenizer\.model: neither a SentencePiece/,
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
  changed('has no model', { model: undefined }, /tokenizer\.json.*"?model/),
  changed(
    'has an unknown pre-tokenizer',
    { pre_tokenizer: { type: 'Chopper' } },
    /tokenizer\.json.*Chopper/,
  ),
  changed('has an unknown normalizer', { normalizer: { type: 'Shine' } }, /tokenizer\.json.*Shine/),
  changed('has an unknown decoder', { decoder: { type: 'Reverse' } }, /tokenizer\.json.*Reverse/),
  changed(
    'has an unknown post-processor',
    { post_processor: { type: 'Stamp' } },
    /tokenizer\.json.*Stamp/,
  ),
  changed(
    'has a pre-tokenizer whose pattern is no pattern',
    {
      pre_tokenizer: {
        type: 'Split',
        pattern: { Regex: '(unclosed' },
        behavior: 'Isolated',
        invert: false,
      },
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
  modelWith('has an unknown model type', { type: 'Syllables' }, /tokenizer\.json.*Syllables/),
  modelWith('has no vocabulary', { vocab: undefined }, /tokenizer\.json.*vocab/),
  modelWith('has an empty vocabulary', { vocab: {} }, /tokenizer\.json|vocab/),
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
  modelWith('has no merges', { merges: undefined }, /tokenizer\.json.*merges/),
  modelWith('has merges that are numbers', { merges: [1, 2, 3] }, /tokenizer\.json.*merges/),
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
          id: 1024,
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
    says: /rows\.jsonl:1: .*1024.*1024/,
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
