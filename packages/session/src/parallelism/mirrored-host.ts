// A host group without other processes: each call is answered at once, as if all of them had given
// what this one gives. For what a strategy makes of a number of processes that do not run: plans.
import type { HostGroup, Ranks } from '@automodel/contracts';

/** The process `rank` of `size`, all of them on one machine. */
export function mirroredHost(ranks: Ranks): HostGroup {
  const host: HostGroup = {
    ...ranks,
    local: ranks,
    lost: new AbortController().signal,
    exchange: (text) => Promise.resolve(Array.from({ length: ranks.size }, () => text)),
    sum: (values) => Promise.resolve(values.map((value) => value * ranks.size)),
    barrier: () => Promise.resolve(),
    channel: () => host,
  };
  return host;
}
