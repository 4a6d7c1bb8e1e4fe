// A process of the tests of the engine mpi, started by mpirun: does what its first argument says
// and writes how that ended into the folder of its second.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { engineConformance, meshOf, runGraphOnRank } from '@automodel/testing';
import { allReduce, AutomodelError, hostTensor, trace, type RankAxis } from '@automodel/core';
import { createCpuBackend } from '../../src/cpu-backend.js';
import { fileHost } from './file-host.js';

const [job = '', folder = '', axesText = ''] = process.argv.slice(2);
const axes = JSON.parse(axesText) as readonly RankAxis[];
const { env } = process;
const rank = Number(env['OMPI_COMM_WORLD_RANK'] ?? env['PMI_RANK'] ?? env['TEST_RANK']);
const size = axes.reduce((product, axis) => product * axis.size, 1);
const host = fileHost(folder, { rank, size });
const backend = createCpuBackend({ threads: 1 });

/** Rank 0 is stopped before it comes to the sum that the others wait in. */
async function leave(): Promise<void> {
  await backend.connect!({ engine: 'mpi', host, mesh: meshOf(axes, rank) });
  const graph = trace('sums', (t) => {
    const x = t.input('batch', 'x', [3], 'f32');
    t.output('y', allReduce([x], { axis: 'dp_shard', ranks: size })[0]!);
  });
  const stop = AbortSignal.abort();
  await runGraphOnRank(backend, graph, new Map([['x', hostTensor('f32', [3], [1, 2, 3])]]), {
    runs: 2,
    ...(rank === 0 ? { signal: stop } : {}),
  });
}

const JOBS: Readonly<Record<string, () => Promise<void>>> = {
  conformance: () => engineConformance({ backend, engine: 'mpi', host, axes }),
  leaves: leave,
};

let end = 'done';
try {
  await JOBS[job]!();
} catch (error) {
  end = error instanceof AutomodelError ? error.message : String(error);
} finally {
  await backend.close();
}
writeFileSync(join(folder, `end-${rank}`), end);
// a process that ends early has its mpirun end the others
await host.channel('end').barrier();
