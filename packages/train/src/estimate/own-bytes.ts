// The memory that a process of a run takes by itself. Resident memory also counts what it maps of
// its neighbours' tensors, which they count as well.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Backend } from '@automodel/contracts';

const KIB = 1024;

/**
 * Resident bytes of this process without what it maps of other processes' memory: its own pages,
 * those of files, and what it holds in memory that others may map. Where the system does not tell
 * them apart, all resident bytes.
 */
export function ownBytes({ sharedBytes }: Pick<Backend, 'sharedBytes'>): number {
  const unshared = sharedBytes === undefined ? undefined : unsharedBytes();
  if (sharedBytes === undefined || unshared === undefined) return process.memoryUsage.rss();
  return unshared + sharedBytes;
}

/** Undefined on other systems than Linux. */
function unsharedBytes(): number | undefined {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'utf8');
  } catch {
    return undefined;
  }
  const [anonymous, files] = [/^RssAnon:\s+(\d+)/m, /^RssFile:\s+(\d+)/m].map((line) =>
    Number(line.exec(status)?.[1]),
  );
  const kibibytes = (anonymous ?? NaN) + (files ?? NaN);
  return Number.isNaN(kibibytes) ? undefined : kibibytes * KIB;
}
