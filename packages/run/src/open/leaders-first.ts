// What processes of one machine share on its disk, downloads of the hub and tokenised samples, is
// made by one of them, the leader; then the others find it there.
import { allSucceed } from '@automodel/checkpoint';
import type { HostGroup } from '@automodel/contracts';

/**
 * Does `work` in every process, in the leaders first. It may not call the others. Errors: those of
 * `work`, in all processes if there are several, naming the rank.
 */
export async function leadersFirst<T>(host: HostGroup, work: () => Promise<T>): Promise<T> {
  if (host.size === 1) return work();
  const isLeader = host.local.rank === 0;
  const made = await allSucceed(host, async () => (isLeader ? { value: await work() } : undefined));
  return allSucceed(host, async () => (made === undefined ? work() : made.value));
}
