// PET_*: what Kubeflow Trainer v2 and PyTorchJob set for torchrun, which reads its options there.
// One process of each pod starts the others; RANK of a PyTorchJob is that of the pod.
// Sources: kubeflow/trainer pkg/runtime/framework/plugins/torch/torch.go, training-operator
// pkg/controller.v1/pytorch/envvar.go.
import { AutomodelError } from '@automodel/core';
import { halfSet, masterIn, numberIn, type Environment, type Launcher } from './launcher.js';

/** Left to torchrun: as many as there are devices of a kind. */
const BY_DEVICE: readonly string[] = ['', 'auto', 'cpu', 'gpu'];

export const torchElastic: Launcher = {
  name: 'Kubeflow (PET_*)',
  recognize(environment) {
    const rank = numberIn(environment, 'PET_NODE_RANK');
    const size = nodesIn(environment);
    const master = masterIn(environment, 'PET_');
    if (rank === undefined || size === undefined || master === undefined) return undefined;
    // torchrun has read them and started this one
    if (environment['TORCHELASTIC_RUN_ID'] !== undefined) return undefined;
    if (rank >= size)
      throw new AutomodelError('bad-argument', `PET_NODE_RANK is ${rank} of ${size} nodes`);
    return { kind: 'node', nodes: { size, rank }, processes: processesIn(environment), master };
  },
  missing: (environment) =>
    halfSet(
      environment,
      'PET_NNODES',
      ['PET_NNODES', 'PET_NODE_RANK'],
      ['PET_NNODES', 'PET_NODE_RANK', 'PET_MASTER_ADDR'],
    ),
};

function nodesIn(environment: Environment): number | undefined {
  const text = environment['PET_NNODES']?.trim() ?? '';
  const [least, most = least] = text.split(':');
  if (least !== most)
    throw new AutomodelError('bad-argument', `PET_NNODES is ${text}: a range of nodes`, {
      hint: 'the number of processes of a run is fixed: give one number',
    });
  return numberIn({ PET_NNODES: least }, 'PET_NNODES');
}

function processesIn(environment: Environment): number | undefined {
  const text = environment['PET_NPROC_PER_NODE']?.trim() ?? '';
  return BY_DEVICE.includes(text) ? undefined : numberIn(environment, 'PET_NPROC_PER_NODE');
}
