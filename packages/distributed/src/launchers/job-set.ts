// JobSet of Kubernetes: one process a pod, numbered by the indexed Job. How many there are, and
// which is the first, only the manifest knows: NNODES and MASTER_ADDR (the pod's own name is
// `<jobset>-<job>-0-0.<jobset>`). Source: kubernetes-sigs/jobset, examples/pytorch.
import { halfSet, masterIn, ranksIn, type Launcher } from './launcher.js';
import { DEFAULT_PORT } from './default-port.js';

export const jobSet: Launcher = {
  name: 'JobSet',
  recognize(environment) {
    const nodes = ranksIn(environment, 'JOB_COMPLETION_INDEX', 'NNODES');
    const master = masterIn(environment);
    if (nodes === undefined || master === undefined) return undefined;
    const { host, port = DEFAULT_PORT } = master;
    return { kind: 'node', nodes, processes: undefined, master: { host, port } };
  },
  // each of the two may be somebody else's
  missing: (environment) =>
    environment['JOB_COMPLETION_INDEX'] === undefined
      ? undefined
      : halfSet(environment, 'NNODES', ['NNODES'], ['MASTER_ADDR']),
};
