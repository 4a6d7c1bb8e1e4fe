// The manifest of a run under Kubernetes, as `kubectl apply` takes it: the recipe, the secret, and
// a JobSet, or a TrainJob with the runtime that it refers to.
import { stringify } from 'yaml';
import { DEFAULT_PORT } from '../launchers/default-port.js';
import { jobSetSpec, type EnvironmentVariable } from './job-set-spec.js';
import {
  checkKubernetesJob,
  metadataOf,
  NODE,
  RECIPE_NAME,
  recipeMapOf,
  SECRET_NAME,
  secretOf,
  type KubernetesJob,
} from './kubernetes-job.js';

/** Which controller runs the job: JobSet's, or Kubeflow Trainer's, which makes a JobSet of it. */
export const KUBERNETES_KINDS = ['jobset', 'trainjob'] as const;
export type KubernetesKind = (typeof KUBERNETES_KINDS)[number];

const TRAINER = 'trainer.kubeflow.org';
/** The controller of Jobs writes it on each pod: its number among the pods. */
const NODE_RANK = "metadata.annotations['batch.kubernetes.io/job-completion-index']";

/** Documents of YAML, in the order in which they are applied. Errors: `bad-argument`. */
export function kubernetesManifest(job: KubernetesJob, kind: KubernetesKind): string {
  checkKubernetesJob(job);
  return [recipeMap(job), secret(job), ...WORKLOADS[kind](job)]
    .map((object) =>
      stringify(object, { lineWidth: 0, singleQuote: true, aliasDuplicateObjects: false }),
    )
    .join('---\n');
}

const recipeMap = (job: KubernetesJob): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadataOf(job, recipeMapOf(job)),
  data: { [RECIPE_NAME]: job.recipe },
});

const secret = (job: KubernetesJob): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: metadataOf(job, secretOf(job)),
  type: 'Opaque',
  stringData: { [SECRET_NAME]: job.secret },
});

/** JobSet sets no variables: these are the ones that Kubeflow Trainer sets. */
const launcherVariables = ({ name, nodes, processes }: KubernetesJob): EnvironmentVariable[] => [
  { name: 'PET_NNODES', value: String(nodes) },
  { name: 'PET_NPROC_PER_NODE', value: String(processes) },
  { name: 'PET_NODE_RANK', valueFrom: { fieldRef: { fieldPath: NODE_RANK } } },
  // the first pod, by the headless service that a JobSet has under its own name
  { name: 'PET_MASTER_ADDR', value: `${name}-${NODE}-0-0.${name}` },
  { name: 'PET_MASTER_PORT', value: String(DEFAULT_PORT) },
];

const WORKLOADS: Readonly<Record<KubernetesKind, (job: KubernetesJob) => readonly object[]>> = {
  jobset: (job) => [
    {
      apiVersion: 'jobset.x-k8s.io/v1alpha2',
      kind: 'JobSet',
      metadata: metadataOf(job, job.name),
      spec: {
        network: { enableDNSHostnames: true },
        ...jobSetSpec(job, { nodes: job.nodes, environment: launcherVariables(job) }),
      },
    },
  ],
  trainjob: (job) => [
    {
      apiVersion: `${TRAINER}/v1alpha1`,
      kind: 'TrainingRuntime',
      metadata: metadataOf(job, job.name),
      spec: {
        mlPolicy: { numNodes: job.nodes, torch: {} },
        template: {
          spec: jobSetSpec(job, { labels: { [`${TRAINER}/trainjob-ancestor-step`]: 'trainer' } }),
        },
      },
    },
    {
      apiVersion: `${TRAINER}/v1alpha1`,
      kind: 'TrainJob',
      metadata: metadataOf(job, job.name),
      spec: {
        runtimeRef: { apiGroup: TRAINER, kind: 'TrainingRuntime', name: job.name },
        trainer: { numNodes: job.nodes, numProcPerNode: job.processes },
      },
    },
  ],
};
