// What strategies of several processes stand on. A strategy says where parameters are and when
// gradients are added up; how many processes there are and who is who, it finds here.
export { createMesh, modelAxes, sizeOption, type MeshSizes } from './mesh/create-mesh.js';
export { bucketOption } from './gradients/bucket-option.js';
export { reduceGradients, type ReduceOptions } from './gradients/reduce-gradients.js';
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
