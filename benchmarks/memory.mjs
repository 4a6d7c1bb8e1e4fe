// Planned against measured memory: plans runs of different kinds, lets each run for a few steps and
// prints the plan's peak, the peak of the process and their ratio, as a table in Markdown.
// Models have random weights, made here from a configuration; needs no network and no Python.
// Usage, after `npm run build`: node benchmarks/memory.mjs [--source] [CASE...]
// --source: the command line from source, as in a clone that was not built.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = here('..');
const words = process.argv.slice(2);
const fromSource = words.includes('--source');
const wanted = words.filter((word) => !word.startsWith('--'));
const work = mkdtempSync(join(tmpdir(), 'automodel-memory-'));

const command = fromSource
  ? ['--import', 'tsx', '--conditions=@automodel/source', here('../apps/cli/src/main.ts')]
  : [here('../apps/cli/dist/cli.js')];

/** Writes the peak of the process that loads it, in bytes, where the environment says. */
const probe = join(work, 'probe.mjs');
writeFileSync(
  probe,
  `import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
const file = process.env.AUTOMODEL_PEAK_FILE;
if (isMainThread && file !== undefined)
  process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS * 1024)));
`,
);

/** Standard output and the peak in bytes of one command. */
function automodel(args) {
  const peakFile = join(work, 'peak');
  const output = execFileSync(process.execPath, ['--import', probe, ...command, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AUTOMODEL_PEAK_FILE: peakFile },
  });
  return { output, peak: Number(readFileSync(peakFile, 'utf8')) };
}

const write = (name, text) => {
  const file = join(work, name);
  writeFileSync(file, text);
  return file;
};

const WORDS = 'red blue green sun moon rain milk tea hill tree stone bird one two three four'.split(
  ' ',
);

/** `count` rows of about `length` bytes each, which the byte tokenizer makes as many tokens. */
function rows(name, count, length) {
  let state = 12345;
  const next = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return WORDS[(state >> 8) % WORDS.length];
  };
  const text = (bytes) => {
    let words = next();
    while (words.length < bytes) words += ` ${next()}`;
    return words.slice(0, bytes);
  };
  return write(
    `${name}.jsonl`,
    Array.from({ length: count }, () =>
      JSON.stringify({ prompt: `${text(length / 2)} ->`, completion: ` ${text(length / 2)}` }),
    ).join('\n'),
  );
}

const SHAPES = {
  small: { hidden_size: 256, intermediate_size: 704, num_hidden_layers: 8, vocab_size: 4096 },
  middle: { hidden_size: 512, intermediate_size: 1408, num_hidden_layers: 12, vocab_size: 4096 },
  large: { hidden_size: 768, intermediate_size: 2048, num_hidden_layers: 14, vocab_size: 8192 },
  // a large vocabulary, as most models have
  wide: { hidden_size: 384, intermediate_size: 1024, num_hidden_layers: 6, vocab_size: 65536 },
};
const models = new Map();

/** A folder with random weights, made by a run without effect on them: its learning rate is 0. */
function model(shape, { tied = true, dtype = 'float32' } = {}) {
  const key = `${shape}-${tied ? 'tied' : 'untied'}-${dtype}`;
  if (models.has(key)) return models.get(key);
  const config = {
    ...JSON.parse(readFileSync(here('../tooling/compare-commits/inputs/mid-size/config.json'))),
    ...SHAPES[shape],
    tie_word_embeddings: tied,
    torch_dtype: dtype,
  };
  mkdirSync(join(work, key));
  const recipe = write(
    `${key}.yaml`,
    JSON.stringify({
      step_scheduler: { max_steps: 1, global_batch_size: 1, local_batch_size: 1 },
      model: {
        type: 'causal_lm_from_config',
        config: write(`${key}/config.json`, JSON.stringify(config)),
        torch_dtype: dtype,
      },
      tokenizer: { pretrained_model_name_or_path: TOKENIZER },
      dataset: { type: 'jsonl', path_or_dataset_id: rows('first', 4, 40) },
      optimizer: { type: 'sgd', lr: 0 },
      checkpoint: { checkpoint_dir: join(work, `model-${key}`) },
    }),
  );
  automodel(['finetune', recipe]);
  models.set(key, join(work, `model-${key}`));
  return models.get(key);
}
const TOKENIZER = here('../tooling/compare-commits/inputs/byte-tokenizer');

/** A run of `steps` steps; `sections` replace those of the recipe. */
function recipe(name, { steps = 3, batch = 2, local = batch, base, length = 200, ...sections }) {
  const { step_scheduler: schedule = {}, dataset = {}, ...rest } = sections;
  return write(
    `${name}.yaml`,
    JSON.stringify({
      step_scheduler: {
        max_steps: steps,
        global_batch_size: batch,
        local_batch_size: local,
        ckpt_every_steps: null,
        save_checkpoint_every_epoch: false,
        ...schedule,
      },
      model: { type: 'causal_lm', pretrained_model_name_or_path: base, ...rest.model },
      dataset: {
        type: 'jsonl',
        path_or_dataset_id: rows(`${name}-rows`, 200, length),
        ...dataset,
      },
      optimizer: { type: 'adamw', lr: 1e-4 },
      checkpoint: { checkpoint_dir: join(work, `run-${name}`) },
      ...Object.fromEntries(Object.entries(rest).filter(([key]) => key !== 'model')),
    }),
  );
}

const packed = (size) => ({ packed_sequence: { packed_sequence_size: size } });
const lora = { peft: { type: 'lora', target_modules: 'all-linear', dim: 16, alpha: 32 } };
const bf16 = { model: { torch_dtype: 'bfloat16' } };
const quickstart = (file, name) => [
  here(`../examples/quickstart/${file}`),
  '--step_scheduler.max_steps',
  '20',
  '--output',
  join(work, `run-${name}`),
];
const questions = (count) => ({
  evaluation: {
    dataset: { type: 'jsonl', path_or_dataset_id: rows('questions', count, 300) },
    max_new_tokens: 100,
    num_samples: 2,
  },
});

/** What is run: a name, and the words of the command line. */
const CASES = {
  'quickstart, all weights': () => quickstart('finetune.yaml', 'quickstart'),
  'quickstart, LoRA': () => quickstart('lora.yaml', 'quickstart-lora'),
  '9M f32, rows': (name) => [recipe(name, { base: model('small') })],
  '9M f32, packs of 512': (name) => [
    recipe(name, { base: model('small'), batch: 4, ...packed(512) }),
  ],
  '9M f32, streamed': (name) => [
    recipe(name, { base: model('small'), batch: 4, dataset: { streaming: true, seq_length: 256 } }),
  ],
  '9M f32, 4096 tokens': (name) => [
    recipe(name, { base: model('small'), batch: 1, ...packed(4096) }),
  ],
  '9M f32, answers during training': (name) => [
    recipe(name, {
      base: model('small'),
      step_scheduler: { val_every_steps: 1 },
      validation_dataset: { type: 'jsonl', path_or_dataset_id: rows('held-out', 20, 300) },
      ...questions(4),
    }),
  ],
  '36M f32': (name) => [recipe(name, { base: model('middle'), ...packed(512) })],
  '36M f32, accumulated': (name) => [
    recipe(name, { base: model('middle'), batch: 8, local: 2, steps: 2 }),
  ],
  '36M bf16': (name) => [recipe(name, { base: model('middle'), ...packed(512), ...bf16 })],
  '36M f32, checkpoints': (name) => [
    recipe(name, {
      base: model('middle'),
      steps: 6,
      ...packed(256),
      step_scheduler: { ckpt_every_steps: 1 },
    }),
  ],
  '36M f32, layers recomputed': (name) => [
    recipe(name, { base: model('middle'), batch: 4, ...packed(512), memory: { budget_gb: 0.9 } }),
  ],
  '36M f32, SGD': (name) => [
    recipe(name, { base: model('middle'), ...packed(512), optimizer: { type: 'sgd', lr: 1e-3 } }),
  ],
  '96M f32': (name) => [recipe(name, { base: model('large'), batch: 1, ...packed(512) })],
  '96M, LoRA': (name) => [recipe(name, { base: model('large'), ...packed(512), ...lora })],
  '96M, QLoRA nf4': (name) => [
    recipe(name, {
      base: model('large'),
      ...packed(512),
      ...lora,
      quantization: { load_in_4bit: true },
    }),
  ],
  '96M, QLoRA int8, bf16': (name) => [
    recipe(name, {
      base: model('large', { dtype: 'bfloat16' }),
      ...packed(512),
      ...lora,
      ...bf16,
      quantization: { load_in_8bit: true },
    }),
  ],
  '34M f32, tied 65,536 words': (name) => [recipe(name, { base: model('wide') })],
  '59M f32, untied 65,536 words': (name) => [
    recipe(name, { base: model('wide', { tied: false }) }),
  ],
};

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
console.log('| run | plan, MiB | peak, MiB | plan / peak |');
console.log('| --- | --------: | --------: | ----------: |');
for (const [name, argsOf] of Object.entries(CASES)) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  const args = argsOf(name.replaceAll(/[^a-z0-9]+/gi, '-'));
  const planned = JSON.parse(automodel(['plan', ...args, '--json']).output).memory.peak;
  const { peak } = automodel(['finetune', ...args]);
  const ratio = (planned / peak).toFixed(2);
  console.log(`| ${name} | ${mebibytes(planned)} | ${mebibytes(peak)} | ${ratio} |`);
}
rmSync(work, { recursive: true, force: true });
