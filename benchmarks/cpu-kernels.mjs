// Kernels of this CPU against what it can do at most: AdamW, squared norms, casts and RMS norms
// against the bandwidth of its memory, attention of 2,048 tokens with its gradients against its
// multiply-adds and against PyTorch. The limits come from packages/cpu-backend/bench/peaks.cpp,
// before and after; all times are the best of several. Prints Markdown; exit code 1 when a floor is
// missed. A developer's tool, never part of the tests; needs g++.
// Usage, after `npm run build`: node benchmarks/cpu-kernels.mjs [PYTHON] [--threads N]
// From source: node --import tsx --conditions=@automodel/source benchmarks/cpu-kernels.mjs
// PYTHON: one with peers/requirements.txt; without it nothing is compared with PyTorch.
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  adamw,
  attention,
  cast,
  gradients,
  mul,
  passesFor,
  planGraph,
  rmsNorm,
  runPasses,
  squaredNorm,
  sum,
  trace,
} from '@automodel/core';
import cpu from '@automodel/cpu-backend';
import { startPeaks } from './peaks.mjs';
import { startTorch } from './torch-side.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: String(availableParallelism()) } },
});
const [python] = positionals;
const threads = Number(values.threads);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const ROUNDS = 5;
/** Tensors that are more than the caches hold, together. */
const [TENSORS, ROWS, COLUMNS] = [32, 1024, 1024];
const [TOKENS, WIDTH] = [2048, 512];
const FLOORS = { bandwidth: 0.85, multiplyAdds: 0.6, toTorch: 3 };

/** Kernels that memory limits: the graph, and the limit that its bytes are compared with. */
const MEMORY = {
  adamw: {
    limit: 'update_gbs',
    build: (t) => {
      const scalar = (name) => t.input('scalar', name, [], 'f32');
      const scalars = {
        learningRate: scalar('learning_rate'),
        weightDecay: scalar('weight_decay'),
        biasCorrection1: scalar('bias_correction_1'),
        biasCorrection2: scalar('bias_correction_2'),
        clipScale: scalar('clip_scale'),
        flag: scalar('flag'),
      };
      const attrs = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
      for (let i = 0; i < TENSORS; i++) {
        const states = ['p', 'g', 'm', 'v'].map((name) => matrix(t, `${name}${i}`));
        const results = adamw(...states, scalars, attrs);
        [states[0], states[2], states[3]].forEach((state, k) => t.assign(state, results[k]));
      }
    },
  },
  squared_norm: {
    limit: 'read_gbs',
    build: (t) => {
      for (let i = 0; i < TENSORS; i++) t.output(`n${i}`, squaredNorm(matrix(t, `x${i}`)));
    },
  },
  cast: {
    limit: 'copy_gbs',
    build: (t) => {
      for (let i = 0; i < TENSORS; i++)
        t.assign(matrix(t, `y${i}`, 'bf16'), cast(matrix(t, `x${i}`), 'bf16'));
    },
  },
  rms_norm: {
    limit: 'copy_gbs',
    build: (t) => {
      const weight = t.input('state', 'weight', [COLUMNS], 'f32');
      for (let i = 0; i < TENSORS; i++)
        t.assign(matrix(t, `y${i}`), rmsNorm(matrix(t, `x${i}`), weight, 1e-6));
    },
  },
};
const matrix = (t, name, dtype = 'f32') => t.input('state', name, [ROWS, COLUMNS], dtype);

/** Causal attention over one document, and the gradients of all operands. */
function buildAttention(t, size, dtype) {
  const shape = [TOKENS, WIDTH / size, size];
  const [q, k, v] = ['q', 'k', 'v'].map((name) => t.input('state', name, shape, dtype));
  const segments = t.input('batch', 'segments', [1, 4], 'i32');
  const attrs = { scale: size ** -0.5, softcap: 0, window: 0, causal: true };
  const y = attention(q, k, v, segments, attrs);
  const loss = sum(cast(mul(y, y), 'f32'));
  for (const [i, gradient] of gradients(loss, [q, k, v]).entries())
    t.assign(t.input('state', `d${i}`, shape, dtype), gradient);
}

/** Values of scalars and of the one document. All else is written too: it would be one page. */
const CONTENTS = {
  learning_rate: new Float32Array([1e-3]),
  weight_decay: new Float32Array([0.01]),
  bias_correction_1: new Float32Array([0.5]),
  bias_correction_2: new Float32Array([0.5]),
  clip_scale: new Float32Array([1]),
  flag: new Float32Array([1]),
  segments: new Int32Array([0, TOKENS, 0, TOKENS]),
};
const HALF = { f32: [Float32Array, 0.5], bf16: [Uint16Array, 0x3f00] };

function bindingsOf(backend, plan) {
  const bindings = new Map();
  for (const { name, bytes, dtype } of plan.buffers) {
    if (name === '') continue;
    const buffer = backend.allocate(bytes, name);
    const [Kind, half] = HALF[dtype] ?? HALF.f32;
    const values = CONTENTS[name] ?? new Kind(bytes / Kind.BYTES_PER_ELEMENT).fill(half);
    backend.upload(buffer, 0, values);
    bindings.set(name, buffer);
  }
  return bindings;
}

/** Compiles a graph; `best` is the least nanoseconds that all steps of these ops take together. */
async function compile(backend, build) {
  const graph = trace('kernels', build);
  const target = { backend: backend.name, kernels: backend.kernels };
  const plan = planGraph(runPasses(graph, passesFor(target)), target);
  const executable = await backend.compile(plan);
  const bindings = bindingsOf(backend, plan);
  const total = (ops, of) =>
    plan.steps.reduce(
      (sum, step, i) => (ops.some((op) => step.op.startsWith(op)) ? sum + of(step, i) : sum),
      0,
    );
  const best = async (ops) => {
    let least = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      const { stepNanoseconds } = await executable.run(bindings, { profile: true });
      least = Math.min(
        least,
        total(ops, (_, i) => stepNanoseconds[i]),
      );
    }
    return least;
  };
  const close = async () => {
    await executable.close();
    for (const buffer of bindings.values()) buffer.close();
  };
  return { best, bytesOf: (ops) => total(ops, ({ bytes }) => bytes), close };
}

/** GB/s of each kernel that memory limits. */
async function measureMemory(backend) {
  const results = [];
  for (const [op, { limit, build }] of Object.entries(MEMORY)) {
    const program = await compile(backend, build);
    results.push({ op, limit, rate: program.bytesOf([op]) / (await program.best([op])) });
    await program.close();
  }
  return results;
}

/** Seconds of attention with its gradients, of both sides in turn. */
async function measureAttention(backend, torch) {
  const results = [];
  for (const dtype of ['f32', 'bf16'])
    for (const size of [64, 128]) {
      const program = await compile(backend, (t) => buildAttention(t, size, dtype));
      let [ours, theirs] = [Infinity, Infinity];
      for (let turn = 0; turn < 3; turn++) {
        ours = Math.min(ours, (await program.best(['attention'])) / 1e9);
        const work = { tokens: TOKENS, heads: WIDTH / size, size, dtype };
        if (torch !== undefined) theirs = Math.min(theirs, (await torch.measure(work)).seconds);
      }
      await program.close();
      results.push({ dtype, size, ours, theirs });
    }
  return results;
}

/** Products of half of the scores: two forward, five backward. */
const ATTENTION_FLOPS = (2 + 5) * TOKENS * TOKENS * WIDTH;
const missed = [];
const share = (name, value, floor) => {
  if (value < floor) missed.push(`${name}: ${value.toFixed(2)}, not ${floor.toFixed(2)}`);
  return value.toFixed(2);
};

function printMemory(results, peaks) {
  console.log(
    '| kernel | GB/s | limit, GB/s | share | at least |\n| --- | --: | --: | --: | --: |',
  );
  for (const { op, limit, rate } of results) {
    const part = share(op, rate / peaks[limit], FLOORS.bandwidth);
    const cells = [op, rate.toFixed(1), peaks[limit].toFixed(1), part, FLOORS.bandwidth];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function printAttention(results, { fma_gflops: peak }) {
  console.log('\n| attention | GFLOP/s | of multiply-adds | at least | to PyTorch | at least |');
  console.log('| --- | --: | --: | --: | --: | --: |');
  for (const { dtype, size, ours, theirs } of results) {
    const name = `${dtype}, heads of ${size}`;
    const rate = ATTENTION_FLOPS / ours / 1e9;
    const [ofPeak, toTorch] =
      dtype === 'f32' ? [FLOORS.multiplyAdds, 0] : [0, python === undefined ? 0 : FLOORS.toTorch];
    const cells = [
      name,
      rate.toFixed(1),
      share(`${name}, of ${peak.toFixed(0)} GFLOP/s`, rate / peak, ofPeak),
      ofPeak || '-',
      python === undefined ? '-' : share(`${name}, to PyTorch`, theirs / ours, toTorch),
      toTorch || '-',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

const peaks = startPeaks(threads);
const torch =
  python === undefined ? undefined : startTorch(python, here('peers/torch_attention.py'), threads);
const backend = cpu.create({ threads });
try {
  const before = peaks.measure();
  const [memory, attended] = [await measureMemory(backend), await measureAttention(backend, torch)];
  const after = peaks.measure();
  const limits = Object.fromEntries(
    Object.entries(before).map(([name, value]) => [name, Math.max(value, after[name])]),
  );
  console.log(`${cpus()[0].model.trim()}, ${threads} threads; ${backend.devices()[0].name}\n`);
  printMemory(memory, limits);
  printAttention(attended, limits);
  for (const text of missed) console.log(`\nmissed: ${text}`);
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  torch?.close();
  peaks.close();
  await backend.close();
}
