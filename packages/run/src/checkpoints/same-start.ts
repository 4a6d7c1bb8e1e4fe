// All processes of a run start at the same place: a checkpoint that another machine has in another
// state, or does not have, is refused before anything is opened.
import { createHash } from 'node:crypto';
import { together } from '@automodel/checkpoint';
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { Start } from './start.js';

/** What of a start has to be the same in all processes. */
type ComparedStart =
  | { readonly kind: Exclude<Start['kind'], 'resumed'> }
  | {
      readonly kind: 'resumed';
      readonly point: { readonly path: string; readonly state: unknown };
    };

/** Errors: `conflict` naming the ranks that do not start as the first one does. */
export async function checkSameStart(start: ComparedStart, host: HostGroup): Promise<void> {
  const all = await together(host, () => Promise.resolve(digestOf(start)));
  const others = all.flatMap((digest, rank) => (digest === all[0] ? [] : [String(rank)]));
  if (others.length === 0) return;
  throw new AutomodelError(
    'conflict',
    `rank${others.length === 1 ? '' : 's'} ${others.join(', ')} of ${host.size} ` +
      `${others.length === 1 ? 'finds' : 'find'} another checkpoint there than rank 0 does`,
    {
      location: start.kind === 'resumed' ? start.point.path : undefined,
      hint: 'keep checkpoints on a file system that all machines share',
    },
  );
}

const digestOf = (start: ComparedStart): string =>
  createHash('sha256')
    .update(JSON.stringify([start.kind, start.kind === 'resumed' ? start.point.state : undefined]))
    .digest('hex');
