// Collectives of the engine `shared-memory` between processes of this machine: bytes per second of
// tensors of several sizes, beside copies of as many bytes by all processes at once, and the time
// of a small sum. Every process writes the tensors itself before they are summed or copied, as it
// does with gradients. One tensor may still be in the caches then; of many, as in a training step,
// most have left them. Ratios are of the best of several rounds, in which both take turns; where
// other programs keep the machine busy, they say little.
// Usage, after `npm run build`: node benchmarks/collectives.mjs [PROCESSES] [THREADS]
// From source: node --import tsx --conditions=@automodel/source benchmarks/collectives.mjs
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MESH_AXES } from '@automodel/contracts';
import { allGather, allReduce, mul, passesFor, planGraph, runPasses, trace } from '@automodel/core';
import cpu from '@automodel/cpu-backend';

const [processes = 2, threads = 1] = process.argv.slice(2).map(Number);
const ROUNDS = 40;
const SMALL_SUMS = 200;
const MEBIBYTES = [1, 8, 64];
/** Tensors that are more than the caches hold, together. */
const MANY_MEBIBYTES = 256;
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
 * A program that writes `count` tensors of `elements` numbers and then does `times` collectives on
 * each. A small sum between both makes all ranks begin at once.
 */
async function program(backend, { elements, count = 1, times = 1 }, collective) {
  const graph = trace('collectives', (t) => {
    const begin = t.input('state', 'begin', [1], 'f32');
    const states = Array.from({ length: count }, (_, i) =>
      t.input('state', `x${i}`, [elements], 'f32'),
    );
    const written = states.map((x) => mul(x, x));
    t.assign(begin, sumOf(begin));
    written.forEach((x, i) => {
      let y = x;
      for (let k = 0; k < times; k++) y = collective(y);
      t.assign(states[i], y);
    });
  });
  const target = { backend: backend.name, kernels: backend.kernels };
  const plan = planGraph(runPasses(graph, passesFor(target)), target);
  const isMeasured = ({ attrs, inputs }) => 'ranks' in attrs && inputs[0].shape[0] === elements;
  const executable = await backend.compile(plan);
  const buffers = plan.buffers.filter(({ name }) => name !== '');
  const bindings = new Map(buffers.map(({ name, bytes }) => [name, backend.allocate(bytes, name)]));
  /** Seconds of one of them in the mean. */
  const run = async () => {
    const { stepNanoseconds } = await executable.run(bindings, { profile: true });
    const measured = stepNanoseconds.filter((_, i) => isMeasured(plan.steps[i]));
    return measured.reduce((sum, time) => sum + time, 0) / measured.length / 1e9;
  };
  const close = async () => {
    await executable.close();
    for (const buffer of bindings.values()) buffer.close();
  };
  return { run, close };
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
  const rate = (elements, seconds) => `${(elements / 2.5e8 / seconds).toFixed(2)} GB/s`;
  for (const size of MEBIBYTES)
    for (const count of [1, MANY_MEBIBYTES / size]) {
      const work = { elements: size * 2 ** 18, count };
      const programs = [await program(backend, work, sumOf), await program(backend, work, copy)];
      const [summed, copied] = await best(host, programs);
      for (const { close } of programs) await close();
      const [sums, copies] = [summed, copied].map((seconds) => rate(work.elements, seconds));
      const ratio = (copied / summed).toFixed(2);
      lines.push(`| ${count} of ${size} MiB | ${sums} | ${copies} | ${ratio} |`);
    }
  const small = await program(backend, { elements: 256, times: SMALL_SUMS }, sumOf);
  const [seconds] = await best(host, [small]);
  await small.close();
  lines.push('', `1 kB: ${(seconds * 1e6).toFixed(1)} microseconds`);
  if (rank === 0) process.stdout.write(`${lines.join('\n')}\n`);
  await backend.close();
  process.disconnect();
}

/** Starts the ranks and answers their calls. */
function start() {
  process.stdout.write(
    `${processes} processes of ${threads} threads\n\n` +
      '| tensors | all-reduce | copy by all | ratio |\n| --- | --- | --- | --- |\n',
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
