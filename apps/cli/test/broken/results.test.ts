// What earlier runs left, what runs write, and adapters.
import { mkdirSync, symlinkSync } from 'node:fs';
import { testBroken, type BrokenCase } from './support/broken-case.js';
import { safetensorsBytes, type Json, type Sandbox } from './support/sandbox.js';

const MODULE = 'base_model.model.model.layers.0.self_attn.q_proj';

/** A PEFT adapter for the model, in `adapter/`. */
function writeAdapter(
  at: Sandbox,
  changes: Json = {},
  shapes: readonly [readonly number[], readonly number[]] = [
    [4, 32],
    [32, 4],
  ],
): void {
  const [a, b] = shapes;
  const [aBytes, bBytes] = [a, b].map((shape) => shape.reduce((size, n) => size * n, 4)) as [
    number,
    number,
  ];
  at.write(
    'adapter/adapter_config.json',
    JSON.stringify({
      peft_type: 'LORA',
      base_model_name_or_path: 'model',
      r: 4,
      lora_alpha: 8,
      target_modules: ['q_proj'],
      lora_dropout: 0,
      bias: 'none',
      task_type: 'CAUSAL_LM',
      ...changes,
    }),
  );
  at.write(
    'adapter/adapter_model.safetensors',
    safetensorsBytes(
      JSON.stringify({
        [`${MODULE}.lora_A.weight`]: { dtype: 'F32', shape: a, data_offsets: [0, aBytes] },
        [`${MODULE}.lora_B.weight`]: {
          dtype: 'F32',
          shape: b,
          data_offsets: [aBytes, aBytes + bBytes],
        },
      }),
      Buffer.alloc(aBytes + bBytes),
    ),
  );
}

const adapter = (name: string, changes: Json, says: RegExp): BrokenCase => ({
  name,
  argv: ['generate', '--model', 'model', '--adapter', 'adapter', '--prompt', 'x'],
  says,
  breaks: (at) => writeAdapter(at, changes),
});
const adapterFile = (name: string, breaks: (at: Sandbox) => void, says: RegExp): BrokenCase => ({
  name,
  argv: ['generate', '--model', 'model', '--adapter', 'adapter', '--prompt', 'x'],
  says,
  breaks: (at) => {
    writeAdapter(at);
    breaks(at);
  },
});

testBroken('adapters', [
  adapter(
    'have an unknown kind',
    { peft_type: 'IA3' },
    /adapter\/adapter_config\.json: peft_type "IA3"/,
  ),
  adapter('have a rank of 0', { r: 0 }, /adapter\/adapter_config\.json: .*\br\b/),
  adapter('have a rank that is a text', { r: '4' }, /adapter\/adapter_config\.json: .*\br\b/),
  adapter(
    'have another rank than their tensors',
    { r: 8 },
    /adapter_config\.json: \S+q_proj has rank 8 here but 4 in adapter_model\.safetensors/,
  ),
  adapter('have no alpha', { lora_alpha: undefined }, /adapter_config\.json: .*lora_alpha/),
  adapter(
    'have a feature that changes numbers',
    { init_lora_weights: 'pissa' },
    /adapter_config\.json: .*init_lora_weights/,
  ),
  adapter(
    'have a key of a newer version',
    { use_quantum: true },
    /adapter_config\.json: .*use_quantum/,
  ),
  adapter(
    'name modules without tensors',
    { target_modules: ['q_proj', 'v_proj'] },
    /adapter_config\.json: target_modules names .*v_proj/,
  ),
  adapter(
    'name modules with a number',
    { target_modules: 5 },
    /adapter_config\.json: target_modules must be a name or a list of names/,
  ),
  adapterFile(
    'are for another model',
    (at) =>
      writeAdapter(at, {}, [
        [4, 64],
        [64, 4],
      ]),
    /adapter_model\.safetensors: tensor \S+ has shape \[4,64\], but the model needs \[4,32\]/,
  ),
  adapterFile(
    'have no tensors',
    (at) => at.remove('adapter/adapter_model.safetensors'),
    /adapter\/adapter_model\.safetensors: no such file/,
  ),
  adapterFile(
    'have pickled tensors',
    (at) => {
      at.remove('adapter/adapter_model.safetensors');
      at.write('adapter/adapter_model.bin', 'PK');
    },
    /adapter: adapter_model\.bin is not read: pickled files can run code/,
  ),
  adapterFile(
    'have tensors cut off',
    (at) => at.write('adapter/adapter_model.safetensors', new Uint8Array(40)),
    /adapter_model\.safetensors:1:1: the file ends/,
  ),
  adapterFile(
    'have a config that is garbage',
    (at) => at.write('adapter/adapter_config.json', '{"r": '),
    /adapter_config\.json:1:\d+: /,
  ),
  adapterFile(
    'have no config',
    (at) => at.remove('adapter/adapter_config.json'),
    /adapter: no adapter_config\.json/,
  ),
]);

/** A folder of a run in `out`, stopped at a checkpoint. */
function writeCheckpoint(at: Sandbox, state: unknown): void {
  at.write('out/recipe.yaml', at.read('recipe.yaml'));
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json'])
    at.write(
      `out/epoch_0_step_1/${name}`,
      new Uint8Array(Buffer.from(at.read(`model/${name}`), 'latin1')),
    );
  at.write(
    'out/epoch_0_step_1/training_state/state.json',
    typeof state === 'string' ? state : JSON.stringify(state),
  );
  at.write(
    'out/epoch_0_step_1/training_state/optimizer.safetensors',
    safetensorsBytes('{}', new Uint8Array()),
  );
}

const resume = (
  name: string,
  state: unknown,
  says: RegExp,
  breaks?: (at: Sandbox) => void,
): BrokenCase => ({
  name,
  argv: ['finetune', 'recipe.yaml', '--resume', 'epoch_0_step_1'],
  says,
  breaks: (at) => {
    writeCheckpoint(at, state);
    breaks?.(at);
  },
});

testBroken('checkpoints', [
  resume(
    'have a state of a newer version',
    { version: 99 },
    /state\.json: the checkpoint has version 99, this program reads up to 1 \(update automodel/,
  ),
  resume('have a state without a version', {}, /state\.json: no version/),
  resume(
    'have an incomplete state',
    { version: 1 },
    /state\.json: the state of the run is incomplete/,
  ),
  resume('have a state that is cut off', '{"version": 1, "next', /state\.json:1:\d+: /),
  resume('have no state', {}, /epoch_0_step_1: no training_state\/state\.json/, (at) =>
    at.remove('out/epoch_0_step_1/training_state'),
  ),
  resume(
    'have optimizer states that are cut off',
    { version: 1, nextStep: 2, identity: {}, data: {} },
    /optimizer\.safetensors: /,
    (at) => at.write('out/epoch_0_step_1/training_state/optimizer.safetensors', 'short'),
  ),
  {
    name: 'are there and nothing says whether to go on',
    argv: ['finetune', 'recipe.yaml'],
    breaks: (at) => writeCheckpoint(at, { version: 1 }),
    says: /out: .*resume/i,
  },
  {
    name: 'are asked for where there are none',
    argv: ['finetune', 'recipe.yaml', '--resume', 'latest'],
    says: /out: .*checkpoint/,
  },
  {
    name: 'are led to by a link to nothing',
    argv: ['finetune', 'recipe.yaml', '--resume', 'latest'],
    breaks: (at) => {
      mkdirSync(at.path('out'));
      symlinkSync('epoch_0_step_9', at.path('out/LATEST'));
    },
    says: /out/,
  },
]);

testBroken('the output folder', [
  { name: 'is a file', breaks: (at) => at.write('out', 'text'), says: /out.*(folder|file)/ },
  {
    name: 'holds something else',
    breaks: (at) => at.write('out/notes.txt', 'mine'),
    says: /out: .*(empty|notes\.txt)/,
  },
  {
    name: 'holds a result',
    breaks: (at) => at.write('out/config.json', '{}'),
    says: /out: .*config\.json/,
  },
  {
    name: 'is the model',
    breaks: (at) => at.recipe('  checkpoint_dir: model', '  checkpoint_dir: out'),
    says: /model: /,
  },
  {
    name: 'is below a file',
    breaks: (at) => at.recipe('  checkpoint_dir: rows.jsonl/out', '  checkpoint_dir: out'),
    says: /rows\.jsonl/,
  },
]);
