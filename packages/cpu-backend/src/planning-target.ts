// The CPU backend as planning sees it: the table of kernels and nominal figures of this machine,
// without the native library and without threads.
import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';
import type { BackendOptions, Device, PlanningTarget } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { availableMemory } from './available-memory.js';
import { BACKEND_NAME } from './backend-name.js';
import { kernelTableWithoutLibrary } from './kernel-table.js';

/** Two units that multiply and add vectors: of 8 lanes with AVX2, of 4 otherwise. */
const FLOPS_A_CLOCK = process.arch === 'x64' ? 2 * 2 * 8 : 2 * 2 * 4;
/** In hertz, where the operating system does not say: virtual machines often hide it. */
const NOMINAL_CLOCK = 2.5e9;
/** Two channels of DDR4-2666, bytes per second. */
const NOMINAL_BANDWIDTH = 2 * 8 * 2.666e9;

/** Errors: `bad-argument` for an impossible number of threads. */
export function threadCount(threads = availableParallelism()): number {
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new AutomodelError(
    'bad-argument',
    `threads must be a positive whole number, not ${threads}`,
  );
}

/** The model name of the processor. */
export const processorName = (): string => cpus()[0]?.model.trim() ?? 'unknown processor';

function nominalDevice(threads: number): Device {
  const megahertz = cpus()[0]?.speed ?? 0;
  const flops = threads * FLOPS_A_CLOCK * (megahertz > 0 ? megahertz * 1e6 : NOMINAL_CLOCK);
  return {
    name: processorName(),
    memoryBytes: availableMemory(),
    threads,
    // without the instruction set's products of bf16, which only the library can ask for
    peakFlops: { f32: flops, bf16: flops },
    bandwidth: NOMINAL_BANDWIDTH,
  };
}

/** Errors: `bad-argument` for an impossible number of threads. */
export const planningTarget = ({ threads }: BackendOptions = {}): PlanningTarget => ({
  name: BACKEND_NAME,
  kernels: kernelTableWithoutLibrary(),
  device: nominalDevice(threadCount(threads)),
});
