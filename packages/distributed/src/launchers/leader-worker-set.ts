// LeaderWorkerSet of Kubernetes: one process a pod. It names the leader, but no port.
// Source: kubernetes-sigs/lws api/leaderworkerset/v1/leaderworkerset_types.go.
import { halfSet, numberIn, ranksIn, type Launcher } from './launcher.js';
import { DEFAULT_PORT } from './default-port.js';

export const leaderWorkerSet: Launcher = {
  name: 'LeaderWorkerSet',
  recognize(environment) {
    const host = environment['LWS_LEADER_ADDRESS'];
    const nodes = ranksIn(environment, 'LWS_WORKER_INDEX', 'LWS_GROUP_SIZE');
    if (host === undefined || nodes === undefined) return undefined;
    const port = numberIn(environment, 'MASTER_PORT') ?? DEFAULT_PORT;
    return { kind: 'node', nodes, processes: undefined, master: { host, port } };
  },
  missing: (environment) =>
    halfSet(
      environment,
      'LWS_GROUP_SIZE',
      ['LWS_GROUP_SIZE', 'LWS_WORKER_INDEX'],
      ['LWS_GROUP_SIZE', 'LWS_WORKER_INDEX', 'LWS_LEADER_ADDRESS'],
    ),
};
