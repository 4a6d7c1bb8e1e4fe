// How much memory this process may still take: what is free on the machine, and what a container or
// a shell limit allows.
import { readFileSync } from 'node:fs';

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

/** The smallest of the bounds. Address space that is mapped already does not count. */
export function availableMemory(): AvailableMemory {
  const constrained = process.constrainedMemory();
  const free = {
    bytes: process.availableMemory(),
    limitedBy:
      constrained > 0 && constrained < 2 ** 60
        ? 'free within this container or machine'
        : 'free on this machine',
  };
  const addressSpace = processLimit('Max address space');
  const left = addressSpace === undefined ? Infinity : addressSpace - virtualSize();
  return left < free.bytes
    ? { bytes: Math.max(0, left), limitedBy: 'limit of the shell on address space, ulimit -v' }
    : free;
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
