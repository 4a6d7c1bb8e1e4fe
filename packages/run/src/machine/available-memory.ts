// How much memory this process may still take: what is free on the machine, and what a container or
// a shell limit allows.
import { readFileSync } from 'node:fs';
import { freemem, platform, totalmem } from 'node:os';
import { cgroupMemory } from './cgroup-memory.js';

/** What may still be taken, and what limits it. */
export interface AvailableMemory {
  readonly bytes: number;
  /** What sets the bound, in words. */
  readonly limitedBy: string;
}

/** The soft limit of a line of /proc/self/limits; undefined where there is none. */
function processLimit(name: string): number | undefined {
  try {
    const line = readFileSync('/proc/self/limits', 'utf8')
      .split('\n')
      .find((text) => text.startsWith(name));
    const value = Number(line?.slice(name.length).trim().split(/\s+/)[0]);
    return Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined; // no such file on this system
  }
}

/**
 * What the machine has left. macOS counts only pages that nothing uses, although it gives files'
 * caches back and compresses the rest: there all of its memory counts.
 */
const freeOnMachine = (): AvailableMemory =>
  platform() === 'darwin'
    ? { bytes: totalmem(), limitedBy: 'memory of this machine' }
    : { bytes: freemem(), limitedBy: 'free on this machine' };

/** The smallest of the bounds. Address space that is mapped already does not count. */
export function availableMemory(): AvailableMemory {
  const bounds = [freeOnMachine()];
  const group = cgroupMemory();
  if (group !== undefined) bounds.push({ bytes: group, limitedBy: 'free within this container' });
  const addressSpace = processLimit('Max address space');
  if (addressSpace !== undefined)
    bounds.push({
      bytes: Math.max(0, addressSpace - virtualSize()),
      limitedBy: 'limit of the shell on address space, ulimit -v',
    });
  return bounds.reduce((least, bound) => (bound.bytes < least.bytes ? bound : least));
}

function virtualSize(): number {
  try {
    return (
      Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024
    );
  } catch {
    return 0;
  }
}
