// config.json of a model folder.
import { chmodSync, renameSync, symlinkSync } from 'node:fs';
import { joined } from '../support/joined.js';
import { testBroken, type BrokenCase } from './support/broken-case.js';
import type { Json } from './support/sandbox.js';

/** A config.json with some keys changed. */
const config = (name: string, changes: Json, says: RegExp): BrokenCase => ({
  name,
  breaks: (at) => at.config(changes),
  says,
});

/** The whole text of config.json. */
const configText = (name: string, text: string | Uint8Array, says: RegExp): BrokenCase => ({
  name,
  breaks: (at) => at.write('model/config.json', text),
  says,
});

testBroken('config.json', [
  configText('is empty', '', /model\/config\.json:1:1: the file ends where a value is expected/),
  configText(
    'is garbage',
    new Uint8Array([0, 159, 146, 150, 255]),
    /model\/config\.json: not valid UTF-8/,
  ),
  configText(
    'is HTML, as of a log-in page',
    '<!doctype html><html></html>',
    /model\/config\.json:1:1: not a JSON value/,
  ),
  configText(
    'is cut off',
    '{"model_type": "lla',
    /model\/config\.json:1:\d+: the file ends inside a string/,
  ),
  configText('is a list', '[]', /model\/config\.json: .*object/),
  configText(
    'has a key twice',
    '{"model_type": "llama", "model_type": "qwen3"}',
    /model\/config\.json:1:\d+: the key "model_type" occurs twice/,
  ),
  configText('has a byte order mark', '\ufeff{}', /model\/config\.json:1:1: .*byte order mark/),
  configText('has a comma too many', '{"model_type": "llama",}', /model\/config\.json:1:\d+: /),
  configText(
    'is a Git LFS pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 700\n',
    /model\/config\.json.*Git LFS.*git lfs pull/,
  ),
  config('has no model_type', { model_type: undefined }, /model\/config\.json: no model_type/),
  config(
    'has a model_type of the wrong kind',
    { model_type: 7 },
    /model\/config\.json: .*model_type/,
  ),
  config(
    'has an unknown model_type',
    { model_type: 'perceiver_xl' },
    /model\/config\.json: .*perceiver_xl/,
  ),
  config(
    'has the model_type of another model',
    { model_type: 'gemma3_text' },
    joined(
      /model: the weights lack model\.layers\.0\.self_attn\.q_norm\.weight.*/,
      /config\.json describes a gemma3_text model/,
    ),
  ),
  config('has an empty model_type', { model_type: '' }, /model\/config\.json: .*model_type/),
  config('has a size missing', { hidden_size: undefined }, /model\/config\.json: .*hidden_size/),
  config('has a size that is a text', { hidden_size: '32' }, /model\/config\.json: .*hidden_size/),
  config(
    'has a negative size',
    { intermediate_size: -48 },
    /model\/config\.json: .*intermediate_size/,
  ),
  config('has a size of 0', { num_hidden_layers: 0 }, /model\/config\.json: .*num_hidden_layers/),
  config('has a size with a fraction', { hidden_size: 32.5 }, /model\/config\.json: .*hidden_size/),
  config(
    'has more layers than the weights',
    { num_hidden_layers: 2 },
    /model\.layers\.1\..*config\.json/,
  ),
  config(
    'has another vocabulary than the weights',
    { vocab_size: 1023 },
    /tensor model\.embed_tokens\.weight has shape \[1024,32\], config\.json asks for \[1023,32\]/,
  ),
  config(
    'has a size no machine holds',
    { hidden_size: 2 ** 40 },
    /hidden_size|shape|model\.embed_tokens/,
  ),
  config(
    'has a million layers',
    { num_hidden_layers: 1_000_000 },
    /num_hidden_layers|model\.layers/,
  ),
  config(
    'has heads that key-value heads do not divide',
    { num_attention_heads: 3, num_key_value_heads: 2 },
    /model\/config\.json: .*num_(key_value|attention)_heads/,
  ),
  config(
    'has no key-value heads',
    { num_key_value_heads: 0 },
    /model\/config\.json: .*num_key_value_heads/,
  ),
  config('has an odd head_dim', { head_dim: 15 }, /model\/config\.json: .*head_dim/),
  config(
    'has heads that the width does not divide',
    { head_dim: undefined, num_attention_heads: 5, num_key_value_heads: 5 },
    joined(
      /tensor model\.layers\.0\.self_attn\.q_proj\.weight has shape \[32,32\], /,
      /config\.json asks for \[30,32\]/,
    ),
  ),
  config(
    'has an unknown activation',
    { hidden_act: 'swish9' },
    /model\/config\.json: activation "swish9" is not supported \(supported: silu/,
  ),
  config(
    'has an unknown rope type',
    { rope_scaling: { rope_type: 'spiral', factor: 2 } },
    /model\/config\.json: .*spiral/,
  ),
  config(
    'has a rope without its factor',
    { rope_scaling: { rope_type: 'linear' } },
    /model\/config\.json: .*factor/,
  ),
  config(
    'has a rope that is a text',
    { rope_scaling: 'linear' },
    /model\/config\.json: .*rope_scaling/,
  ),
  config('has a negative rope theta', { rope_theta: -1 }, /model\/config\.json: .*rope_theta/),
  config(
    'has an epsilon that is no number',
    { rms_norm_eps: 'small' },
    /model\/config\.json: .*rms_norm_eps/,
  ),
  config('has a negative epsilon', { rms_norm_eps: -1e-5 }, /model\/config\.json: .*rms_norm_eps/),
  config(
    'has a tie_word_embeddings of the wrong kind',
    { tie_word_embeddings: 'no' },
    /model\/config\.json: .*tie_word_embeddings/,
  ),
  config(
    'has an unknown dtype',
    { torch_dtype: 'float12' },
    /model\/config\.json: .*torch_dtype.*float12/,
  ),
  config(
    'has an eos_token_id of the wrong kind',
    { eos_token_id: 'end' },
    /model\/config\.json: .*eos_token_id/,
  ),
  config(
    'has max_position_embeddings of 0',
    { max_position_embeddings: 0 },
    /model\/config\.json: .*max_position_embeddings/,
  ),
  config(
    'is of weights in 4 bits by GPTQ',
    { quantization_config: { quant_method: 'gptq', bits: 4 } },
    /model\/config\.json: .*quantised with GPTQ.*before it was quantised/,
  ),
  config(
    'is of weights in 4 bits by AWQ',
    { quantization_config: { quant_method: 'awq', bits: 4 } },
    /model\/config\.json: .*quantised with AWQ.*before it was quantised/,
  ),
  config(
    'is of weights in 4 bits by bitsandbytes',
    { quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true } },
    /model\/config\.json: .*quantised with bitsandbytes/,
  ),
  config(
    'is of weights in 8 bits',
    { quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] } },
    /model\/config\.json: .*quantised with FP8.*before it was quantised/,
  ),
  {
    name: 'cannot be read',
    breaks: (at) => {
      if (process.getuid?.() === 0) {
        at.remove('model/config.json');
        symlinkSync('config.json', at.path('model/config.json'));
      } else chmodSync(at.path('model/config.json'), 0);
    },
    says: /model\/config\.json: /,
  },
  {
    name: 'is called otherwise',
    breaks: (at) => renameSync(at.path('model/config.json'), at.path('model/Config.json')),
    says: /model: no config\.json/,
  },
]);
