// Model folders: what is in them, besides config.json.
import { mkdirSync, symlinkSync } from 'node:fs';
import { testBroken } from './support/broken-case.js';

testBroken('the folder', [
  { name: 'is not there', breaks: (at) => at.remove('model'), says: /model/ },
  {
    name: 'is empty',
    breaks: (at) => {
      at.remove('model');
      mkdirSync(at.path('model'));
    },
    says: /model: no config\.json/,
  },
  {
    name: 'is a file',
    breaks: (at) => {
      at.remove('model');
      at.write('model', 'text');
    },
    says: /model: a model is a folder, and this is a file/,
  },
  {
    name: 'is a loop of links',
    breaks: (at) => {
      at.remove('model');
      symlinkSync('model', at.path('model'));
    },
    says: /model: this link leads nowhere/,
  },
  {
    name: 'has no config.json',
    breaks: (at) => at.remove('model/config.json'),
    says: /model: no config\.json/,
  },
  {
    name: 'has a folder called config.json',
    breaks: (at) => {
      at.remove('model/config.json');
      mkdirSync(at.path('model/config.json'));
    },
    says: /model\/config\.json: cannot be read: EISDIR/,
  },
  {
    name: 'has a name longer than names may be',
    breaks: (at) =>
      at.recipe(
        `  pretrained_model_name_or_path: ./${'m'.repeat(300)}`,
        '  pretrained_model_name_or_path: model',
      ),
    says: /m{300} does not exist \(check the path/,
  },
  {
    name: 'holds an adapter',
    breaks: (at) =>
      at.write('model/adapter_config.json', '{"base_model_name_or_path": "org/base"}'),
    says: /model\/adapter_config\.json: the folder holds a PEFT adapter.*org\/base/,
  },
]);

testBroken('generation_config.json', [
  {
    name: 'is garbage',
    breaks: (at) => at.write('model/generation_config.json', 'oops'),
    says: /model\/generation_config\.json:1:1: not a JSON value/,
  },
  {
    name: 'has an eos_token_id of the wrong kind',
    breaks: (at) => at.write('model/generation_config.json', '{"eos_token_id": [1, "x"]}'),
    says: /model\/generation_config\.json: eos_token_id/,
  },
]);
