// What the processes of the tests of the engine mpi do together.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, HostGroup } from '@automodel/contracts';
import { engineConformance, meshOf } from '@automodel/testing';
import {
  allReduce,
  AutomodelError,
  encodeHostData,
  mul,
  trace,
  type RankAxis,
} from '@automodel/core';
import { boundProgram } from './bound-program.js';

export interface MpiRank {
  /** Not connected yet. */
  readonly backend: Backend;
  readonly host: HostGroup;
  readonly axes: readonly RankAxis[];
}

const ELEMENTS = 3;
const POLLS = 5000;

/** A sum over all ranks, and a product that does not need it. */
async function sumAndProduct({ backend, host, axes }: MpiRank) {
  await backend.connect!({ engine: 'mpi', host, mesh: meshOf(axes, host.rank) });
  const graph = trace('sums', (t) => {
    const x = t.input('batch', 'x', [ELEMENTS], 'f32');
    t.output('sum', allReduce([x], { axis: axes[0]!.name, ranks: host.size })[0]!);
    t.output('product', mul(x, x));
  });
  const program = await boundProgram(backend, graph);
  backend.upload(program.bindings.get('x')!, 0, encodeHostData('f32', Float64Array.of(1, 2, 3)));
  await program.run();
  return program;
}

/** The others come to the sum when rank 0 has seen its product, while it waits for them. */
async function beside(rank: MpiRank): Promise<void> {
  const { backend, host } = rank;
  const { plan, bindings, run } = await sumAndProduct(rank);
  if (plan.steps[0]!.op !== 'all_reduce')
    throw new AutomodelError('internal', 'the sum must come before the product');
  const product = bindings.get('product')!;
  const seen = new Float32Array(ELEMENTS);
  backend.upload(product, 0, new Uint8Array(seen.buffer));
  await host.barrier();
  const running = host.rank === 0 ? run() : undefined;
  for (let i = 0; running !== undefined && seen[ELEMENTS - 1] === 0; i++) {
    if (i === POLLS) throw new AutomodelError('internal', 'the product waits for the sum');
    await sleep(2);
    await backend.download(product, 0, seen);
  }
  await host.barrier();
  await (running ?? run());
}

/** The last rank is told to stop while it waits in the sum; the others come to it later. */
async function leave(rank: MpiRank): Promise<void> {
  const { host } = rank;
  const { run } = await sumAndProduct(rank);
  if (host.rank < host.size - 1) {
    await host.barrier();
    return void (await run());
  }
  const stop = new AbortController();
  const running = run(stop.signal);
  await sleep(50);
  stop.abort();
  try {
    await running;
  } finally {
    await host.barrier();
  }
}

export const MPI_JOBS = {
  conformance: ({ backend, host, axes }) =>
    engineConformance({ backend, engine: 'mpi', host, axes }),
  beside,
  leave,
} as const satisfies Readonly<Record<string, (rank: MpiRank) => Promise<void>>>;

/** A job; with `library`, of another MPI library than is found. */
export interface MpiTask {
  readonly job: keyof typeof MPI_JOBS;
  readonly axes: readonly RankAxis[];
  readonly library?: string;
}
