// One rank of a test, in a process of its own: connects its backend with the others' and does what
// it is asked for. Its arguments: what to do, one after the other; its rank; the sizes of the axes
// dp_replicate and dp_shard.
import process from 'node:process';
import { createCpuBackend } from '@automodel/cpu-backend';
import { MESH_AXES, type Mesh, type MeshAxis, type Ranks } from '@automodel/contracts';
import { allReduce, div, planGraph, trace, type Plan } from '@automodel/core';
import { engineCases, runEngineCase } from '@automodel/testing';
import { messageHost, say } from './message-host.js';

const [tasks = '', ...numbers] = process.argv.slice(2);
const [rank = 0, copies = 1, shards = 1] = numbers.map(Number);
const alone: Ranks = { size: 1, rank: 0 };
const all: Ranks = { size: copies * shards, rank };
const mesh: Mesh = {
  ...all,
  axes: {
    ...(Object.fromEntries(MESH_AXES.map((axis) => [axis, alone])) as Record<MeshAxis, Ranks>),
    dp_replicate: { size: copies, rank: Math.floor(rank / shards) },
    dp_shard: { size: shards, rank: rank % shards },
  },
  data: all,
};
const backend = createCpuBackend({ threads: 2 });
const host = messageHost(all);
await backend.connect?.({ engine: 'shared-memory', mesh, host });

const attrs = { axis: 'dp_shard', ranks: shards };
const planOf = (name: string, size: number): Plan =>
  planGraph(
    trace(name, (t) => {
      const x = t.input('state', 'x', [size], 'f32');
      const [y] = allReduce([x], attrs);
      t.assign(x, y!);
      t.output('ratio', div(y!, y!));
    }),
    { backend: backend.name, kernels: backend.kernels },
  );

/** Runs a plan on `value` in each element; returns the sums, or how the run ended. */
async function runOn(plan: Plan, value: number, scan = false): Promise<unknown> {
  const size = plan.buffers.find(({ name }) => name === 'x')!.bytes / 4;
  const [x, ratio] = [backend.allocate(size * 4, 'x'), backend.allocate(size * 4, 'ratio')];
  backend.upload(x, 0, new Float32Array(size).fill(value));
  const executable = await backend.compile(plan);
  const result = await executable.run(new Map(Object.entries({ x, ratio })), { scan });
  const sums = new Float32Array(size);
  await backend.download(x, 0, sums);
  return { sums: [...new Set(sums)], nonFinite: result.nonFinite };
}

const TASKS: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Names of cases, or what differs in them. */
  cases: async () => {
    const axes = [
      { name: 'dp_replicate', size: copies },
      { name: 'dp_shard', size: shards },
    ];
    const said: string[] = [];
    for (const engineCase of engineCases(axes))
      said.push((await runEngineCase(backend, engineCase, axes, rank)) ?? engineCase.name);
    return said;
  },
  /** The ranks have different programs. */
  plans: () => runOn(planOf('sum', rank === 1 ? 4 : 8), 1),
  /** The last rank allocates something that the others do not. */
  places: () => {
    if (rank === shards - 1) backend.allocate(4, 'more');
    return runOn(planOf('sum', 8), 1);
  },
  /** The last rank ends before the second run of the others. */
  death: async () => {
    const first = await runOn(planOf('sum', 100), rank);
    say({ type: 'result', value: first });
    if (rank === shards - 1) process.kill(process.pid, 'SIGKILL');
    return runOn(planOf('again', 100), rank);
  },
  /** One rank has a number that is not finite, and all scan. */
  scan: () => runOn(planOf('sum', 40_000), rank % shards === 0 ? NaN : 1, true),
  memory: async () => backend.allocate(2 ** 50, 'everything').bytes,
};

for (const task of tasks.split(' ')) {
  const value = await TASKS[task]?.().catch((error: unknown) => ({ error: String(error) }));
  say({ type: 'result', value });
}
await host.barrier().catch(() => undefined); // of a rank that was killed
await backend.close();
process.disconnect();
