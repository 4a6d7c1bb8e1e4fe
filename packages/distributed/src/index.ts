// What runs of several processes stand on. Processes find out who started them, meet, and tell each
// other what they need. A strategy says where parameters are and when gradients are added up; how
// many processes there are and who is who, it finds here.
export { createMesh, modelAxes, sizeOption, type MeshSizes } from './mesh/create-mesh.js';
export { bucketOption } from './gradients/bucket-option.js';
export { reduceGradients, type ReduceOptions } from './gradients/reduce-gradients.js';
export { DEFAULT_PORT } from './launchers/default-port.js';
export { recognizeLauncher, type Recognized } from './launchers/recognize-launcher.js';
export type { Launched, LaunchedNode, LaunchedRank, MasterAddress } from './launchers/launcher.js';
export { joinRanks, type JoinOptions } from './group/join-ranks.js';
export type { JoinedGroup } from './group/process-group.js';
export { compareRanks, ranksText, type Facts } from './group/compare-ranks.js';
export { isLostRank } from './group/lost-rank.js';
export { Supervisor, type SuperviseOptions } from './supervisor/supervisor.js';
export { SupervisorLink, supervisorOf } from './supervisor/supervisor-link.js';
// Jobs on clusters.
export { checkJobName, jobNameOf, type ClusterJob, type Memory } from './cluster/cluster-job.js';
export { slurmScript, type SlurmJob } from './cluster/slurm-script.js';
export { RECIPE_PATH, type KubernetesJob } from './cluster/kubernetes-job.js';
export {
  KUBERNETES_KINDS,
  kubernetesManifest,
  type KubernetesKind,
} from './cluster/kubernetes-manifest.js';
export {
  KUBECTL,
  SBATCH,
  submit,
  type SubmitOptions,
  type SubmitProgram,
} from './cluster/submit.js';
