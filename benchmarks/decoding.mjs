// Greedy decoding with one thread and with two, in turns of one process: wall time and CPU time of
// a token after the prompt and the first token, medians over the turns. With `--busy N`, N
// processes that only loop run beside it. peers/torch_generate.py measures the same of PyTorch.
// Usage, after `npm run build`: node benchmarks/decoding.mjs MODEL_DIR [--threads 1,2] [--busy N]
//          [--turns N] [--prompt N] [--tokens N] [--dtype f32|bf16] [--json]
// From source: node --import tsx --conditions=@automodel/source benchmarks/decoding.mjs MODEL_DIR
// A folder without weights gets random ones; without --dtype it is computed in as it is stored.
// --json prints one line for each number of threads. AUTOMODEL_CPU_LIBRARY names another native
// library.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import cpu from '@automodel/cpu-backend';
import { generate } from '@automodel/generate';
import llama from '@automodel/models-llama';
import qwen from '@automodel/models-qwen';
import { AutoModelForCausalLM } from '@automodel/run';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1,2' },
    busy: { type: 'string', default: '0' },
    turns: { type: 'string', default: '9' },
    prompt: { type: 'string', default: '32' },
    tokens: { type: 'string', default: '64' },
    dtype: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
const [turns, tokens] = [Number(values.turns), Number(values.tokens)];
const promptIds = Array.from({ length: Number(values.prompt) }, (_, i) => 5 + i);

const open = (threads) => {
  const backend = { name: 'cpu', threads };
  const options = { backend, dtype: values.dtype, plugins: [cpu, llama, qwen] };
  return existsSync(join(folder, 'model.safetensors'))
    ? AutoModelForCausalLM.fromPretrained(folder, options)
    : AutoModelForCausalLM.fromConfig(folder, options);
};

/** Milliseconds of a token. */
async function turn({ session }) {
  let [usage, started, count] = [undefined, 0, 0];
  for await (const _ of generate(session, promptIds, { maxNewTokens: tokens })) {
    count++;
    if (count === 1) [usage, started] = [process.cpuUsage(), performance.now()];
  }
  const { user, system } = process.cpuUsage(usage);
  const wall = performance.now() - started;
  return { wall: wall / (count - 1), cpu: (user + system) / 1000 / (count - 1) };
}

function print(threads, { wall, cpu }, first) {
  if (values.json) {
    const peak = Math.floor(process.resourceUsage().maxRSS / 1024);
    const tok_s = Number((1000 / wall).toFixed(2));
    console.log(JSON.stringify({ threads, tok_s, cpu_ms: cpu, peak_rss_mb: peak }));
    return;
  }
  const [time, work] = [wall / first.wall, cpu / first.cpu].map((ratio) => ratio.toFixed(2));
  console.log(
    `${threads} threads: ${wall.toFixed(2)} ms a token, ${cpu.toFixed(2)} ms of CPU; ` +
      `${time} and ${work} of the first`,
  );
}

const loops = Array.from({ length: Number(values.busy) }, () =>
  spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }),
);
try {
  const numbers = values.threads.split(',').map(Number);
  const models = await Promise.all(numbers.map(open));
  for (const model of models) await turn(model); // compiles
  const measured = numbers.map(() => []);
  for (let i = 0; i < turns; i++)
    for (const [k, model] of models.entries()) measured[k].push(await turn(model));
  const median = (list, key) =>
    list.map((entry) => entry[key]).sort((a, b) => a - b)[list.length >> 1];
  const medians = measured.map((list) => ({
    wall: median(list, 'wall'),
    cpu: median(list, 'cpu'),
  }));
  for (const [k, threads] of numbers.entries()) print(threads, medians[k], medians[0]);
  for (const model of models) await model.close();
} finally {
  for (const loop of loops) loop.kill();
}
