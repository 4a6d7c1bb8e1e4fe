// Starts processes of tests of the engine mpi under the mpirun of a library.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { MpiTask } from './mpi-jobs.js';

const module = fileURLToPath(new URL('mpi-rank.ts', import.meta.url));
const NODE = [process.execPath, '--import', 'tsx', '--conditions=@automodel/source', module];
const LONGEST_MILLISECONDS = 100_000;

export interface Launcher {
  readonly command: string;
  readonly words: readonly string[];
  /** A library of another MPI. */
  readonly other: string;
}

export const LAUNCHERS: readonly Launcher[] = [
  { command: 'mpirun.openmpi', words: ['--oversubscribe'], other: 'libmpich.so.12' },
  { command: 'mpirun.mpich', words: [], other: 'libmpi.so.40' },
];

export const isThere = ({ command }: Launcher): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** How each task ends in each rank; what mpirun has said, where a rank did not come so far. */
export async function launchMpi(
  { command, words }: Launcher,
  ranks: number,
  tasks: readonly MpiTask[],
): Promise<readonly (readonly string[])[]> {
  const folder = mkdtempSync(join(tmpdir(), 'automodel-mpi-'));
  const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
  try {
    const child = spawn(
      command,
      [...words, '-n', String(ranks), ...NODE, folder, JSON.stringify(tasks)],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...asRoot },
        timeout: LONGEST_MILLISECONDS,
      },
    );
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await once(child, 'close');
    const ends = Array.from({ length: ranks }, (_, rank) => endsOf(join(folder, `ends-${rank}`)));
    return tasks.map((_, i) => ends.map((of) => of[i] ?? said));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function endsOf(path: string): readonly string[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as readonly string[];
  } catch {
    return [];
  }
}
