// What a job under Kubernetes needs besides that of every cluster: an image, a volume that all pods
// see, the recipe, and the secret that lets the ranks meet.
import { AutomodelError } from '@automodel/core';
import { checkJobName, checkLabel, type ClusterJob } from './cluster-job.js';

export interface KubernetesJob extends ClusterJob {
  readonly image: string;
  /** undefined: that of kubectl's context. */
  readonly namespace?: string | undefined;
  /** A PersistentVolumeClaim that every pod can write to: data, model and output are there. */
  readonly claim: string;
  /** Where it is mounted, and where the command runs; absolute. */
  readonly mountPath: string;
  /** The number of the user that the container runs as; undefined: the image's. */
  readonly user?: number | undefined;
  /** The text of the recipe; the command finds it at `RECIPE_PATH`. */
  readonly recipe: string;
  /** What the ranks prove to each other that they know. */
  readonly secret: string;
  /** How often the whole job is started again, each time from its last checkpoint. */
  readonly maxRestarts: number;
  /** How long a pod that is told to stop may take to finish its step and save. */
  readonly graceSeconds: number;
}

/** The one replicated job of a set; the container of a TrainJob must have this name. */
export const NODE = 'node';
export const RECIPE_FOLDER = '/etc/automodel/recipe';
export const RECIPE_NAME = 'recipe.yaml';
/** Where the command finds the recipe. */
export const RECIPE_PATH = `${RECIPE_FOLDER}/${RECIPE_NAME}`;
export const SECRET_FOLDER = '/etc/automodel/rendezvous';
export const SECRET_NAME = 'secret';

/** The names of what belongs to the job. */
export const recipeMapOf = ({ name }: KubernetesJob): string => `${name}-recipe`;
export const secretOf = ({ name }: KubernetesJob): string => `${name}-rendezvous`;

/** What a pod's name adds to that of the job: `-node-0-15`, and five characters behind a dash. */
const podSuffix = ({ nodes }: KubernetesJob): string => `-${NODE}-0-${nodes - 1}-xxxxx`;

/** Errors: `bad-argument` for what the cluster would refuse, or would take for something else. */
export function checkKubernetesJob(job: KubernetesJob): void {
  checkJobName(job.name, 63 - podSuffix(job).length);
  if (job.namespace !== undefined) checkLabel('the namespace', job.namespace);
  for (const part of job.claim.split('.')) checkLabel('the claim', part, 253);
  if (job.image === '' || /[\s\u0000-\u001f]/.test(job.image))
    throw new AutomodelError(
      'bad-argument',
      `the image ${JSON.stringify(job.image)} is not the name of an image`,
    );
  if (!job.mountPath.startsWith('/') || job.mountPath.includes(':'))
    throw new AutomodelError(
      'bad-argument',
      `the volume cannot be mounted at ${JSON.stringify(job.mountPath)}`,
      { hint: 'give an absolute path without a colon' },
    );
}

/** `metadata` of an object of the job. */
export const metadataOf = ({ namespace }: KubernetesJob, name: string): object => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
