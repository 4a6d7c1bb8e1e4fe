// A run as a manifest for Kubernetes. The recipe travels in it; data, model and output are on a
// volume that the cluster has.
import { randomBytes } from 'node:crypto';
import { AutomodelError } from '@automodel/core';
import { KUBECTL, kubernetesManifest, RECIPE_PATH } from '@automodel/distributed';
import type { OPTIONS } from '../declarations/launch.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { GRACE_SECONDS, type ClusterText, type LaunchRequest } from './launch-request.js';

const PROGRAM = 'node_modules/.bin/automodel';

/** Errors: `bad-argument` for what is missing, and for names that a cluster refuses. */
export function kubernetesText(
  { job, recipe, commandWith }: LaunchRequest,
  options: CommandOptions<typeof OPTIONS>,
): ClusterText {
  const { image, claim, program = PROGRAM, kind = 'jobset' } = options;
  if (image === undefined || claim === undefined)
    throw new AutomodelError('bad-argument', 'a job for Kubernetes needs --image and --claim', {
      hint:
        'name the image that holds Node, and the PersistentVolumeClaim of the volume that all ' +
        'pods share',
    });
  const text = kubernetesManifest(
    {
      ...job,
      command: commandWith([program], RECIPE_PATH),
      image,
      claim,
      recipe,
      secret: randomBytes(32).toString('hex'),
      user: options.user,
      namespace: options.namespace,
      mountPath: options.mount ?? '/shared',
      maxRestarts: options.maxRestarts ?? 20,
      graceSeconds: options.grace ?? GRACE_SECONDS,
    },
    kind,
  );
  return { text, program: KUBECTL };
}
