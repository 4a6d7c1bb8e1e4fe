// Collectives of the engine `shared-memory` between processes of this machine: bytes per second of
// tensors of several sizes, beside copies of as many bytes by all processes at once, and the time
// of a small sum. Ratios are of the best of several rounds, in which both take turns; where other
// programs keep the machine busy, they say little.
// Usage, after `npm run build`: node benchmarks/collectives.mjs [PROCESSES] [THREADS]
// From source: node --import tsx --conditions=@automodel/source benchmarks/collectives.mjs
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MESH_AXES } from '@automodel/contracts';
import { allGather, allReduce, passesFor, planGraph, runPasses, trace } from '@automodel/core';
import cpu from '@automodel/cpu-backend';

const [processes = 2, threads = 1] = process.argv.slice(2).map(Number);
const ROUNDS = 40;
const SMALL_SUMS = 200;
const MEBIBYTES = [1, 8, 64];
const ONE = { size: 1, rank: 0 };

/** Calls of all ranks, answered by the parent. */
function hostOf(rank) {
  const waiting = new Map();
  process.on('message', ({ key, texts }) => waiting.get(key)(texts));
  const counts = new Map();
  const on = (channel) => ({
    size: processes,
    rank,
    local: { size: processes, rank },
    lost: new AbortController().signal,
    exchange: (text) =>
      new Promise((resolve) => {
        const count = (counts.get(channel) ?? 0) + 1;
        counts.set(channel, count);
        const key = `${channel} ${count}`;
        waiting.set(key, resolve);
        process.send({ key, text });
      }),
    channel: (name) => on(`${channel}/${name}`),
  });
  return on('main');
}

const sumOf = (x) => allReduce([x], { axis: 'dp_shard', ranks: processes })[0];

/**
 * A program that does `times` collectives on `elements` numbers, bound to memory. A small sum
 * before them makes all ranks begin at once.
 */
async function program(backend, elements, times, collective) {
  const graph = trace('collectives', (t) => {
    const begin = t.input('state', 'begin', [1], 'f32');
    const state = t.input('state', 'x', [elements], 'f32');
    t.assign(begin, sumOf(begin));
    let x = state;
    for (let i = 0; i < times; i++) x = collective(x);
    t.assign(state, x);
  });
  const target = { backend: backend.name, kernels: backend.kernels };
  const plan = planGraph(runPasses(graph, passesFor(target)), target);
  const isMeasured = ({ attrs, inputs }) => 'ranks' in attrs && inputs[0].shape[0] === elements;
  const executable = await backend.compile(plan);
  const bindings = new Map(
    plan.buffers
      .filter(({ name }) => name !== '')
      .map(({ name, bytes }) => [name, backend.allocate(bytes, name)]),
  );
  /** Seconds of the fastest of them in one run. */
  const run = async () => {
    const { stepNanoseconds } = await executable.run(bindings, { profile: true });
    return Math.min(...stepNanoseconds.filter((_, i) => isMeasured(plan.steps[i]))) / 1e9;
  };
  return { run };
}

/** The best seconds of several programs that take turns, all ranks together. */
async function best(host, programs) {
  const least = programs.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, { run }] of programs.entries()) {
      await host.exchange('');
      least[i] = Math.min(least[i], await run());
    }
  return least;
}

async function measure(rank) {
  const host = hostOf(rank);
  const backend = cpu.create({ threads });
  const ranks = { size: processes, rank };
  const alone = Object.fromEntries(MESH_AXES.map((axis) => [axis, ONE]));
  const axes = { ...alone, dp_shard: ranks };
  const mesh = { ...ranks, axes, data: ranks };
  await backend.connect({ engine: 'shared-memory', mesh, host });
  // over one rank: a copy by all threads
  const copy = (x) => allGather([x], { axis: 'dp_replicate', ranks: 1 })[0];
  const lines = [];
  for (const size of MEBIBYTES) {
    const elements = size * 2 ** 18;
    const [summed, copied] = await best(host, [
      await program(backend, elements, 1, sumOf),
      await program(backend, elements, 1, copy),
    ]);
    const rate = (seconds) => `${(elements / 2.5e8 / seconds).toFixed(2)} GB/s`;
    const ratio = (copied / summed).toFixed(2);
    lines.push(`| ${size} MiB | ${rate(summed)} | ${rate(copied)} | ${ratio} |`);
  }
  const [small] = await best(host, [await program(backend, 256, SMALL_SUMS, sumOf)]);
  lines.push('', `1 kB: ${(small * 1e6).toFixed(1)} microseconds`);
  if (rank === 0) process.stdout.write(`${lines.join('\n')}\n`);
  await backend.close();
  process.disconnect();
}

/** Starts the ranks and answers their calls. */
function start() {
  process.stdout.write(
    `${processes} processes of ${threads} threads\n\n` +
      '| tensor | all-reduce | copy by all | ratio |\n| --- | --- | --- | --- |\n',
  );
  const calls = new Map();
  const children = Array.from({ length: processes }, (_, rank) =>
    fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
      env: { ...process.env, AUTOMODEL_BENCHMARK_RANK: String(rank) },
    }),
  );
  children.forEach((child, rank) =>
    child.on('message', ({ key, text }) => {
      const texts = calls.get(key) ?? [];
      calls.set(key, texts);
      texts[rank] = text;
      if (Object.keys(texts).length < processes) return;
      calls.delete(key);
      for (const other of children) other.send({ key, texts });
    }),
  );
}

const rank = process.env.AUTOMODEL_BENCHMARK_RANK;
if (rank === undefined) start();
else await measure(Number(rank));
