// Digests of what several processes hold alike of the trained parameters: each updates its own
// copy, and only equal digests show that the copies still are one model.
import { createHash } from 'node:crypto';
import { MESH_AXES, type Backend, type Mesh } from '@automodel/contracts';
import type { SessionParameter } from './parameter-set.js';
import { heldChunks } from './placed-tensor.js';

/** What this process holds of a parameter that others hold too. */
export interface ReplicaDigest {
  readonly name: string;
  /** Which piece of the parameter it is: processes with the same one hold the same elements. */
  readonly piece: string;
  readonly digest: string;
}

/** In the order of the model, for the same parameters in all processes. Reads what it digests. */
export async function replicaDigests(
  backend: Backend,
  parameters: readonly SessionParameter[],
  { axes }: Mesh,
): Promise<readonly ReplicaDigest[]> {
  const digests: ReplicaDigest[] = [];
  for (const parameter of parameters) {
    const { name, trained, placement } = parameter;
    const isCut = (axis: keyof typeof axes): boolean => placement.cutAlong?.includes(axis) === true;
    const isReplicated = MESH_AXES.some((axis) => !isCut(axis) && axes[axis].size > 1);
    if (!trained || !isReplicated) continue;
    const hash = createHash('sha256');
    for await (const chunk of heldChunks(backend, parameter)) hash.update(chunk);
    const piece = MESH_AXES.map((axis) => (isCut(axis) ? axes[axis].rank : 0)).join('.');
    digests.push({ name, piece, digest: hash.digest('base64').slice(0, 16) });
  }
  return digests;
}
