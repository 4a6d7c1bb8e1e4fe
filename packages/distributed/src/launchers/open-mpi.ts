// mpirun of Open MPI. It says no address: MASTER_ADDR and MASTER_PORT may, and processes that all
// run on one machine need none. Source: docs.open-mpi.org, "Environment variables"; 4.1.4 tried.
import { masterIn, ranksIn, type Launcher } from './launcher.js';
import { localMaster } from './local-master.js';

export const openMpi: Launcher = {
  name: 'Open MPI',
  recognize(environment) {
    const ranks = ranksIn(environment, 'OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE');
    if (ranks === undefined) return undefined;
    const names = ['OMPI_COMM_WORLD_LOCAL_RANK', 'OMPI_COMM_WORLD_LOCAL_SIZE'] as const;
    const local = ranksIn(environment, ...names);
    const master =
      masterIn(environment) ?? localMaster(ranks, local, environment['PMIX_NAMESPACE']);
    return { kind: 'rank', ...ranks, local, master };
  },
};
