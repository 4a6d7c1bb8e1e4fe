// The part that a JobSet and the runtime of a TrainJob share: one indexed Job, a pod for each node,
// started again as a whole until the run is finished. A pod's process supervises the ranks of its
// node.
import {
  NODE,
  RECIPE_FOLDER,
  recipeMapOf,
  SECRET_FOLDER,
  SECRET_NAME,
  secretOf,
  type KubernetesJob,
} from './kubernetes-job.js';

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

/** What differs: the number of pods, labels, and variables that nobody else sets. */
export interface JobSetParts {
  /** undefined: whoever makes the set out of the runtime says it. */
  readonly nodes?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly environment?: readonly EnvironmentVariable[];
}

/** Exit codes after which another try does not help: something to fix, and a bug. */
const NO_RETRY = [2, 3];

/** The `spec` of a JobSet. */
export const jobSetSpec = (job: KubernetesJob, parts: JobSetParts): object => ({
  failurePolicy: {
    maxRestarts: job.maxRestarts,
    rules: [
      { name: 'somethingToFix', action: 'FailJobSet', onJobFailureReasons: ['PodFailurePolicy'] },
    ],
  },
  replicatedJobs: [
    {
      name: NODE,
      replicas: 1,
      template: {
        ...(parts.labels === undefined ? {} : { metadata: { labels: parts.labels } }),
        spec: jobSpec(job, parts),
      },
    },
  ],
});

/** One pod that fails ends the Job, because no rank goes on without the others. */
const jobSpec = (job: KubernetesJob, { nodes, environment = [] }: JobSetParts): object => ({
  completionMode: 'Indexed',
  ...(nodes === undefined ? {} : { completions: nodes, parallelism: nodes }),
  backoffLimit: 0,
  podFailurePolicy: {
    rules: [
      {
        action: 'FailJob',
        onExitCodes: { containerName: NODE, operator: 'In', values: NO_RETRY },
      },
    ],
  },
  template: { spec: podSpec(job, environment) },
});

const podSpec = (job: KubernetesJob, environment: readonly EnvironmentVariable[]): object => ({
  restartPolicy: 'Never',
  terminationGracePeriodSeconds: job.graceSeconds,
  automountServiceAccountToken: false,
  ...securityContext(job),
  containers: [
    {
      name: NODE,
      image: job.image,
      command: job.command.map(unexpanded),
      workingDir: job.mountPath,
      env: [
        { name: 'AUTOMODEL_RENDEZVOUS_SECRET_FILE', value: `${SECRET_FOLDER}/${SECRET_NAME}` },
        ...environment,
      ],
      ...resources(job),
      volumeMounts: [
        { name: 'work', mountPath: job.mountPath },
        { name: 'recipe', mountPath: RECIPE_FOLDER, readOnly: true },
        { name: 'rendezvous', mountPath: SECRET_FOLDER, readOnly: true },
      ],
    },
  ],
  volumes: [
    { name: 'work', persistentVolumeClaim: { claimName: job.claim } },
    { name: 'recipe', configMap: { name: recipeMapOf(job) } },
    { name: 'rendezvous', secret: { secretName: secretOf(job), defaultMode: 0o400 } },
  ],
});

/** The group lets the user read the secret, and write on most kinds of volumes. */
const securityContext = ({ user }: KubernetesJob): object =>
  user === undefined
    ? {}
    : { securityContext: { runAsUser: user, runAsGroup: user, fsGroup: user } };

/** Kubernetes replaces `$(NAME)` in a command, and takes two dollars for one. */
const unexpanded = (word: string): string => word.replaceAll('$', '$$$$');

/** Of a pod: what is asked for is also the limit. */
function resources({ processes, cpus, memory, gpus }: KubernetesJob): object {
  const amounts = Object.fromEntries(
    Object.entries({
      cpu: cpus && String(cpus * processes),
      memory: memory && `${memory.amount}${memory.unit}i`,
      'nvidia.com/gpu': gpus && String(gpus),
    }).filter(([, amount]) => amount !== undefined),
  );
  if (Object.keys(amounts).length === 0) return {};
  return { resources: { requests: amounts, limits: amounts } };
}
