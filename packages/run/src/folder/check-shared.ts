// All processes of a run write into one folder: before anything else, the first one writes a file
// there, and the others look for it.
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { besideName, byFirst, diskError, together } from '@automodel/checkpoint';
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** Network file systems show what another machine wrote after a while. */
const LOOKS = 20;
const LOOK_MILLISECONDS = 100;

/**
 * Resolves if every process sees the folder of the first one, which holds its lock. Errors:
 * `conflict` naming the ranks that do not; `io`.
 */
export async function checkShared(folder: string, host: HostGroup): Promise<void> {
  if (host.size === 1) return;
  const mark = randomBytes(16).toString('hex');
  // a name that a later run takes for a leftover
  const own = besideName(join(folder, 'ranks.json'));
  const told = await byFirst(host, async () => {
    await writeFile(own, mark).catch((cause: unknown) => {
      throw diskError(cause, folder);
    });
    return JSON.stringify([basename(own), mark]);
  });
  const [name = '', expected = ''] = JSON.parse(told) as readonly string[];
  const seen = await together(host, async () =>
    String(await appears(join(folder, name), expected)),
  ).finally(() => (host.rank === 0 ? rm(own, { force: true }) : undefined));
  await host.barrier(); // the file is gone before anybody looks further
  const blind = seen.flatMap((one, rank) => (one === 'true' ? [] : [String(rank)]));
  if (blind.length > 0)
    throw new AutomodelError(
      'conflict',
      `rank${blind.length === 1 ? '' : 's'} ${blind.join(', ')} of ${host.size} ` +
        `${blind.length === 1 ? 'does' : 'do'} not see this folder as rank 0 does`,
      {
        location: folder,
        hint:
          'name a folder on a file system that all machines share, with ' +
          '--checkpoint.checkpoint_dir',
      },
    );
}

async function appears(path: string, content: string): Promise<boolean> {
  for (let look = 1; ; look++) {
    const found = await readFile(path, 'utf8').catch(() => undefined);
    if (found === content) return true;
    if (look === LOOKS) return false;
    await sleep(LOOK_MILLISECONDS);
  }
}
