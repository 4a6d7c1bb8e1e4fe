// RANK, WORLD_SIZE, MASTER_ADDR: torchrun, and everybody who starts processes as it does.
// Source: PyTorch, docs of torchrun, "Environment Variables".
import {
  halfSet,
  masterIn,
  ranksIn,
  type Environment,
  type Launcher,
  type MasterAddress,
} from './launcher.js';

export const torchrun: Launcher = {
  name: 'torchrun (RANK, WORLD_SIZE)',
  recognize(environment) {
    const ranks = ranksIn(environment, 'RANK', 'WORLD_SIZE');
    const master = masterIn(environment);
    if (ranks === undefined || master === undefined) return undefined;
    return {
      kind: 'rank',
      ...ranks,
      local: ranksIn(environment, 'LOCAL_RANK', 'LOCAL_WORLD_SIZE'),
      master: besideStore(environment, master),
    };
  },
  missing: (environment) =>
    halfSet(
      environment,
      'WORLD_SIZE',
      ['RANK', 'WORLD_SIZE'],
      ['RANK', 'WORLD_SIZE', 'MASTER_ADDR'],
    ),
};

/** The port is taken where torchrun's agent keeps its store there. */
function besideStore(environment: Environment, { host, port }: MasterAddress): MasterAddress {
  const hasStore = environment['TORCHELASTIC_USE_AGENT_STORE'] === 'True';
  return { host, port: hasStore && port !== undefined ? port + 1 : port };
}
