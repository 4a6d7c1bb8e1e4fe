// A process of the tests of engines: the conformance suite, and what goes wrong.
import type { Backend, HostGroup } from '@automodel/contracts';
import { allReduce, AutomodelError, mul, trace, type Graph, type RankAxis } from '@automodel/core';
import { engineConformance, meshOf } from '@automodel/testing';
import { createCpuBackend } from '../../src/cpu-backend.js';
import { boundProgram, type BoundProgram } from './bound-program.js';
import { serveRank, type JobContext } from './serve-rank.js';

interface Connected {
  readonly engine: string;
  readonly axes: readonly RankAxis[];
  readonly threads: number;
}

/** Sums of `size` elements over all ranks, `times` after one another. */
const sums = (name: string, size: number, ranks: number, times = 1): Graph =>
  trace(name, (t) => {
    let x = t.input('batch', 'x', [size], 'f32');
    for (let i = 0; i < times; i++) x = allReduce([mul(x, x)], { axis: 'dp_shard', ranks })[0]!;
    t.output('y', x);
  });

const connected =
  <T>(body: (backend: Backend, context: JobContext) => Promise<T>) =>
  async ({ engine, axes, threads }: Connected, context: JobContext): Promise<T> => {
    const backend = createCpuBackend({ threads });
    try {
      const mesh = meshOf(axes, context.host.rank);
      await backend.connect!({ engine, host: context.host, mesh });
      return await body(backend, context);
    } finally {
      await backend.close();
    }
  };

/** Runs until something ends it. */
async function forever({ run }: BoundProgram, signal?: AbortSignal): Promise<never> {
  for (;;) await run(signal);
}

const elsewhere = (host: HostGroup): HostGroup => ({
  ...host,
  exchange: async (text) => host.exchange(text.replaceAll(/"place":"[^"]*"/g, '"place":"moon"')),
  channel: (name) => elsewhere(host.channel(name)),
});

serveRank({
  conformance: async ({ engine, axes, threads }: Connected, { host }) => {
    const backend = createCpuBackend({ threads });
    try {
      await engineConformance({ backend, engine, host, axes });
    } finally {
      await backend.close();
    }
  },
  /** Sums until a rank is gone. */
  forever: connected(async (backend, { host, tell }) => {
    const endless = await boundProgram(backend, sums('endless', 100_000, host.size, 20));
    await endless.run();
    tell('running');
    await forever(endless);
  }),
  /** The last rank never comes. */
  absent: connected(async (backend, { host, tell }) => {
    const wanted = await boundProgram(backend, sums('wanted', 10, host.size));
    tell('running');
    await (host.rank === host.size - 1 ? new Promise(() => undefined) : wanted.run());
  }),
  /** Rank 0 is told to stop. */
  stopped: connected(async (backend, { host }) => {
    const endless = await boundProgram(backend, sums('endless', 1000, host.size, 20));
    if (host.rank > 0) return forever(endless);
    const stop = new AbortController();
    const end = forever(endless, stop.signal);
    setTimeout(() => stop.abort(), 50);
    await end.catch((error: unknown) => {
      if (!(error instanceof AutomodelError) || error.code !== 'aborted') throw error;
    });
    return endless.run();
  }),
  plans: connected(async (backend, { host }) => {
    await (await boundProgram(backend, sums('plan', 10 + (host.rank % 2), host.size))).run();
  }),
  /** All have run both plans; then they run them in another order. */
  order: connected(async (backend, { host }) => {
    const both = [
      await boundProgram(backend, sums('first', 10, host.size)),
      await boundProgram(backend, sums('second', 11, host.size)),
    ];
    for (const { run } of both) await run();
    await both[host.rank % 2]!.run();
  }),
  memory: connected(async (backend) => {
    const kept = backend.allocate(1 << 20, 'kept');
    try {
      backend.allocate(2 ** 50, 'weights');
    } finally {
      kept.close();
    }
  }),
  /** The last rank says that it is on another machine. */
  elsewhere: async (of: Connected, context) =>
    connected(() => Promise.resolve())(of, {
      ...context,
      host: context.host.rank === 1 ? elsewhere(context.host) : context.host,
    }),
  late: async ({ engine, axes }: Connected, { host }) => {
    const backend = createCpuBackend({ threads: 1 });
    const early = backend.allocate(8, 'early');
    try {
      await backend.connect!({ engine, host, mesh: meshOf(axes, host.rank) });
    } finally {
      early.close();
      await backend.close();
    }
  },
});
