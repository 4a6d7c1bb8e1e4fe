// Before anything is saved, the processes that hold the same weights compare them. Each updates its
// own copy, so a fault of one machine would go unnoticed: the first one's would be saved, and the
// numbers of all steps since would be wrong.
import { together } from '@automodel/checkpoint';
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { ranksText } from '@automodel/distributed';
import { replicaDigests, type ModelSession, type ReplicaDigest } from '@automodel/session';

/** Errors: `conflict` naming the ranks and the first parameter that differs, the same in all. */
export async function checkReplicas(
  {
    backend,
    parameters,
    parallelism,
  }: Pick<ModelSession, 'backend' | 'parameters' | 'parallelism'>,
  group: HostGroup,
): Promise<void> {
  if (group.size === 1) return;
  const texts = await together(group, async () =>
    JSON.stringify(await replicaDigests(backend, parameters.all, parallelism.mesh)),
  );
  const all = texts.map((text) => JSON.parse(text) as readonly ReplicaDigest[]);
  all[0]!.forEach(({ name }, i) =>
    compare(
      name,
      all.map((digests) => digests[i]!),
    ),
  );
}

/** `digests`: of one parameter, by rank. */
function compare(name: string, digests: readonly ReplicaDigest[]): void {
  const byPiece = new Map<string, Map<string, number[]>>();
  for (const [rank, { piece, digest }] of digests.entries()) {
    const holders = byPiece.get(piece) ?? new Map<string, number[]>();
    byPiece.set(piece, holders.set(digest, [...(holders.get(digest) ?? []), rank]));
  }
  for (const holders of byPiece.values()) {
    // who agrees with most is believed; where two do not, the first
    const [alike, other] = [...holders.values()].sort((a, b) => b.length - a.length);
    if (other === undefined) continue;
    const hold = other.length === 1 ? 'holds' : 'hold';
    throw new AutomodelError(
      'conflict',
      `${ranksText(other)} ${hold} other values of ${name} than ${ranksText(alike!)}: ` +
        'nothing is saved',
      { hint: 'a machine computes wrongly: check its memory, and resume from the last checkpoint' },
    );
  }
}
