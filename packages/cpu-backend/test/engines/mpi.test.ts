// The engine `mpi` under the mpirun of each library that this machine has: the bits of the
// reference, and what is said where there is no library, or another one than that of mpirun.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { RankAxis } from '@automodel/core';
import { describe, expect, it } from 'vitest';

const module = fileURLToPath(new URL('mpi-rank.ts', import.meta.url));
const NODE = [process.execPath, '--import', 'tsx', '--conditions=@automodel/source', module];

interface Launcher {
  readonly command: string;
  readonly words: readonly string[];
  /** A library of another MPI. */
  readonly other: string;
}

const LAUNCHERS: readonly Launcher[] = [
  { command: 'mpirun.openmpi', words: ['--oversubscribe'], other: 'libmpich.so.12' },
  { command: 'mpirun.mpich', words: [], other: 'libmpi.so.40' },
];

const isThere = (command: string): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

const shard = (size: number): readonly RankAxis[] => [{ name: 'dp_shard', size }];
const both: readonly RankAxis[] = [
  { name: 'dp_replicate', size: 2 },
  { name: 'dp_shard', size: 2 },
];

/** How a job ends in each rank that the launcher starts. */
async function ends(
  { command, words }: Omit<Launcher, 'other'>,
  job: string,
  axes: readonly RankAxis[],
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'automodel-mpi-'));
  const ranks = axes.reduce((product, { size }) => product * size, 1);
  const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
  try {
    const child = spawn(
      command,
      [...words, '-n', String(ranks), ...NODE, job, folder, JSON.stringify(axes)],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...asRoot, ...environment } },
    );
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    return Array.from({ length: ranks }, (_, rank) => {
      try {
        return readFileSync(join(folder, `end-${rank}`), 'utf8');
      } catch {
        return said;
      }
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const launcher of LAUNCHERS) {
  const { command, other } = launcher;
  if (!isThere(command)) {
    it.skip(`the engine mpi under ${command}: not run, this machine has none`);
    continue;
  }
  describe(`the engine mpi under ${command}`, () => {
    it.each([[shard(2)], [shard(3)], [both]])(
      'gives %j the bits of the reference',
      async (axes) => {
        const ranks = axes.reduce((product, { size }) => product * size, 1);
        expect(await ends(launcher, 'conformance', axes)).toEqual(Array(ranks).fill('done'));
      },
    );

    it('ends the runs of the others when a rank leaves', async () => {
      const [stopped, left] = await ends(launcher, 'leaves', shard(2));
      expect(stopped).toContain('was stopped');
      expect(left).toContain('rank 0 has left program sums');
    });

    it('says that there is no library, in all ranks', async () => {
      const library = { AUTOMODEL_MPI_LIBRARY: 'libnone.so' };
      for (const end of await ends(launcher, 'conformance', shard(2), library))
        expect(end).toBe('rank 0: there is no MPI library: libnone.so');
    });

    it.skipIf(!LAUNCHERS.every((one) => isThere(one.command)))(
      'says that mpirun is that of another library',
      async () => {
        const library = { AUTOMODEL_MPI_LIBRARY: other };
        for (const end of await ends(launcher, 'conformance', shard(2), library))
          expect(end).toContain('the MPI library that was found sees one process, the run has 2');
      },
    );
  });
}
