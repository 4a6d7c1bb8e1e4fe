// Decoding with one thread and with two, in turns of one process: wall time and CPU time of a
// token, medians over the turns. With `--busy N`, N processes that only loop run beside it.
// Usage: node --import tsx --conditions=@automodel/source benchmarks/decoding.mjs MODEL_DIR
//          [--busy N] [--turns N] [--tokens N] [--threads N]
// A folder without weights gets random ones. AUTOMODEL_CPU_LIBRARY names another native library.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import cpu from '@automodel/cpu-backend';
import llama from '@automodel/models-llama';
import qwen from '@automodel/models-qwen';
import { AutoModelForCausalLM } from '@automodel/run';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    busy: { type: 'string', default: '0' },
    turns: { type: 'string', default: '9' },
    tokens: { type: 'string', default: '32' },
    threads: { type: 'string', default: '2' },
  },
});
const [folder] = positionals;
const tokens = Number(values.tokens);

const open = (threads) => {
  const options = { backend: { name: 'cpu', threads }, plugins: [cpu, llama, qwen] };
  return existsSync(join(folder, 'model.safetensors'))
    ? AutoModelForCausalLM.fromPretrained(folder, options)
    : AutoModelForCausalLM.fromConfig(folder, options);
};

/** Milliseconds of a token. */
async function turn(model) {
  const cpu = process.cpuUsage();
  const started = performance.now();
  let count = 0;
  const options = { raw: true, maxNewTokens: tokens, temperature: 1, seed: 7 };
  for await (const _ of model.streamIds([5, 6, 7, 8], options)) count++;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - started) / count, cpu: (user + system) / 1000 / count };
}

const loops = Array.from({ length: Number(values.busy) }, () =>
  spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }),
);
try {
  const numbers = [1, Number(values.threads)];
  const models = await Promise.all(numbers.map(open));
  for (const model of models) await turn(model); // compiles
  const turns = numbers.map(() => []);
  for (let i = 0; i < Number(values.turns); i++)
    for (const [k, model] of models.entries()) turns[k].push(await turn(model));
  const median = (list, key) =>
    list.map((entry) => entry[key]).sort((a, b) => a - b)[list.length >> 1];
  for (const [k, number] of numbers.entries()) {
    const [wall, cpu] = ['wall', 'cpu'].map((key) => median(turns[k], key));
    const relative = ['wall', 'cpu'].map((key) =>
      (median(turns[k], key) / median(turns[0], key)).toFixed(2),
    );
    console.log(
      `${number} threads: ${wall.toFixed(2)} ms a token, ${cpu.toFixed(2)} ms of CPU; ` +
        `${relative[0]} and ${relative[1]} of one thread`,
    );
  }
  for (const model of models) await model.close();
} finally {
  for (const loop of loops) loop.kill();
}
