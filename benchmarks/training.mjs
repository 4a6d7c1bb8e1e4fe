// Training speed and peak memory against PyTorch on this machine: runs `automodel bench` and
// peers/torch_train.py in turn, so that a drifting machine touches both, and prints each pair's
// ratio and the median. Needs a Python with peers/requirements.txt; a developer's tool, never part
// of the tests.
// Usage: node benchmarks/training.mjs PYTHON MODEL_DIR f32|bf16 BATCH SEQ [PAIRS] [STEPS]
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const [python, model, dtype, batch, seq, pairs = '3', steps = '5'] = process.argv.slice(2);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const lastLine = (text) => JSON.parse(text.trim().split('\n').at(-1));
const common = [
  '--batch',
  batch,
  '--seq',
  seq,
  '--steps',
  steps,
  '--threads',
  String(cpus().length),
];

const ours = () =>
  lastLine(
    execFileSync(
      'node',
      [
        '--import',
        'tsx',
        '--conditions=@automodel/source',
        here('../apps/cli/src/main.ts'),
        'bench',
        model,
        '--dtype',
        dtype,
        ...common,
        '--json',
      ],
      { encoding: 'utf8', cwd: here('..') },
    ),
  );
const theirs = () =>
  lastLine(
    execFileSync(
      python,
      [
        here('peers/torch_train.py'),
        model,
        '--dtype',
        dtype === 'bf16' ? 'autocast' : dtype,
        ...common,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ),
  );
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const rows = [];
for (let i = 0; i < Number(pairs); i++) {
  const [a, b] = [ours(), theirs()];
  rows.push({ speed: a.tok_s / b.tok_s, memory: a.peak_rss_mb / b.peak_rss_mb });
  console.log(
    `${a.tok_s} tok/s, ${a.peak_rss_mb} MB | ${b.peer} ${b.dtype} ${b.tok_s} tok/s, ` +
      `${b.peak_rss_mb} MB | speed ${rows.at(-1).speed.toFixed(2)}, memory ` +
      `${rows.at(-1).memory.toFixed(2)}`,
  );
}
console.log(
  `${model.split('/').at(-1)} ${dtype} ${batch}x${seq} on ${cpus()[0].model.trim()}, ` +
    `${cpus().length} cores: median speed ${median(rows.map((r) => r.speed)).toFixed(2)} x ` +
    `PyTorch, memory ${median(rows.map((r) => r.memory)).toFixed(2)} x`,
);
