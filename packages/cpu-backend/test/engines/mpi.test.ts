// The engine `mpi` under the mpirun of each library that this machine has: the bits of the
// reference, and what is said where there is no library, or another one than that of mpirun. The
// processes of one launch do all that needs as many.
import type { RankAxis } from '@automodel/core';
import { describe, expect, it } from 'vitest';
import { isThere, launchMpi, LAUNCHERS } from './launch-mpi.js';

/** Longer than a launch may take. */
const MILLISECONDS = 120_000;

const shard = (size: number): readonly RankAxis[] => [{ name: 'dp_shard', size }];
const both: readonly RankAxis[] = [
  { name: 'dp_replicate', size: 2 },
  { name: 'dp_shard', size: 2 },
];

for (const launcher of LAUNCHERS) {
  if (!isThere(launcher)) {
    it.skip(`the engine mpi under ${launcher.command}: not run, this machine has none`);
    continue;
  }
  describe(`the engine mpi under ${launcher.command}`, { timeout: MILLISECONDS }, () => {
    it('gives two ranks the bits of the reference, computes while it waits, and ends', async () => {
      const axes = shard(2);
      const [missing, conformance, beside, leave] = await launchMpi(launcher, 2, [
        { job: 'conformance', axes, library: 'libnone.so' },
        { job: 'conformance', axes },
        { job: 'beside', axes },
        { job: 'leave', axes },
      ]);
      const none = 'rank 0: there is no MPI library: libnone.so';
      expect(missing).toEqual([none, none]);
      expect(conformance).toEqual(['done', 'done']);
      expect(beside).toEqual(['done', 'done']);
      const [left, stopped] = leave!;
      expect(left).toContain('rank 1 has left program sums');
      expect(stopped).toContain('was stopped');
    });

    it('gives three ranks the bits of the reference', async () => {
      const [conformance] = await launchMpi(launcher, 3, [{ job: 'conformance', axes: shard(3) }]);
      expect(conformance).toEqual(['done', 'done', 'done']);
    });

    it('gives a mesh of two by two, and four ranks, the bits of the reference', async () => {
      const ends = await launchMpi(launcher, 4, [
        { job: 'conformance', axes: both },
        { job: 'conformance', axes: shard(4) },
      ]);
      const done = ['done', 'done', 'done', 'done'];
      expect(ends).toEqual([done, done]);
    });

    it.skipIf(!LAUNCHERS.every(isThere))(
      'says that mpirun is that of another library',
      async () => {
        const [ends] = await launchMpi(launcher, 2, [
          { job: 'conformance', axes: shard(2), library: launcher.other },
        ]);
        for (const end of ends!)
          expect(end).toContain('the MPI library that was found sees one process, the run has 2');
      },
    );
  });
}
