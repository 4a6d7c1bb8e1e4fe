// A process of the tests of the engine mpi, started by mpirun: does the tasks of its second
// argument one after the other, and writes how each ended into the folder of its first.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { AutomodelError } from '@automodel/core';
import { createCpuBackend } from '../../src/cpu-backend.js';
import { fileHost } from './file-host.js';
import { MPI_JOBS, type MpiTask } from './mpi-jobs.js';

const [folder = '', tasksText = ''] = process.argv.slice(2);
const tasks = JSON.parse(tasksText) as readonly MpiTask[];
const { env } = process;
const rank = Number(env['OMPI_COMM_WORLD_RANK'] ?? env['PMI_RANK']);
const size = Number(env['OMPI_COMM_WORLD_SIZE'] ?? env['PMI_SIZE']);
const host = fileHost(folder, { rank, size });

async function end({ job, axes, library = '' }: MpiTask, index: number): Promise<string> {
  const backend = createCpuBackend({ threads: 1 });
  env['AUTOMODEL_MPI_LIBRARY'] = library;
  try {
    await MPI_JOBS[job]({ backend, host: host.channel(`${index}`), axes });
    return 'done';
  } catch (error) {
    return error instanceof AutomodelError ? error.message : String(error);
  } finally {
    await backend.close();
  }
}

const ends: string[] = [];
for (const [index, task] of tasks.entries()) {
  ends.push(await end(task, index));
  writeFileSync(join(folder, `ends-${rank}`), JSON.stringify(ends));
  // the others may wait for what this one has left undone: mpirun ends them
  if (task.job === 'conformance' && task.library === undefined && ends[index] !== 'done')
    process.kill(process.pid, 'SIGKILL');
}
// a process that ends early has its mpirun end the others
await host.channel('end').barrier();
