// mpiexec of MPICH (Hydra) and its kin: Intel MPI, MVAPICH, Cray. It says no address: MASTER_ADDR
// and MASTER_PORT do. Tried with MPICH 4.0.2; PMI_LOCAL_* as on Cray.
import { masterIn, ranksIn, type Launcher } from './launcher.js';

export const pmi: Launcher = {
  name: 'MPICH (PMI)',
  recognize(environment) {
    const ranks = ranksIn(environment, 'PMI_RANK', 'PMI_SIZE');
    if (ranks === undefined) return undefined;
    const local =
      ranksIn(environment, 'MPI_LOCALRANKID', 'MPI_LOCALNRANKS') ??
      ranksIn(environment, 'PMI_LOCAL_RANK', 'PMI_LOCAL_SIZE');
    return { kind: 'rank', ...ranks, local, master: masterIn(environment) };
  },
};
