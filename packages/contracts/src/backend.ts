// What a backend is: memory, a table of kernels for the planner, and a compiler from plans to
// executables that run in one native call.
import type { DType, KernelTable, Plan } from '@automodel/core';

/**
 * One device a backend can run on. `memoryBytes` is what a run may use now; `peakFlops` (per
 * second, by compute dtype) is for time estimates.
 */
export interface Device {
  readonly name: string;
  readonly memoryBytes: number;
  readonly threads: number;
  readonly peakFlops: { readonly f32: number; readonly bf16: number };
  /** Bytes per second of main memory. */
  readonly bandwidth: number;
}

/** Memory owned by a backend. Freed by `close`; using it afterwards is an error. */
export interface DeviceBuffer {
  readonly bytes: number;
  readonly label: string;
  /** True for a read-only mapping of a file. */
  readonly mapped: boolean;
  close(): void;
}

/** Bytes of a file that hold one tensor. `offset` counts from the start of the file. */
export interface FileRange {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** Buffers of one run by binding name (inputs and outputs of the plan). */
export type Bindings = ReadonlyMap<string, DeviceBuffer>;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Check every float result after each step; the first non-finite one ends the run and is
   * reported. For diagnosis: slow.
   */
  readonly scan?: boolean;
  /** Measure every step. */
  readonly profile?: boolean;
}

/** The first non-finite value of a scanned run. */
export interface NonFinite {
  readonly step: number;
  readonly output: number;
  readonly element: number;
  readonly value: number;
}

export interface RunResult {
  /** Only of scanned runs. */
  readonly nonFinite?: NonFinite;
  /** Only of profiled runs: nanoseconds of each step of the plan. */
  readonly stepNanoseconds?: readonly number[];
}

/** A compiled plan. Runs of one executable never overlap: a second call waits for the first. */
export interface Executable {
  readonly plan: Plan;
  /** Bytes beyond the plan's arena that running needs: per-thread scratch and stacks. */
  readonly overheadBytes: number;
  /**
   * Executes the plan in one native call; the event loop stays free. Errors: unbound or short
   * buffers by name, `aborted`.
   */
  run(bindings: Bindings, options?: RunOptions): Promise<RunResult>;
  close(): Promise<void>;
}

export interface Backend {
  readonly kind: 'backend';
  readonly apiVersion: 1;
  readonly name: string;
  readonly version: string;
  /**
   * Whatever changes numbers besides the plan: instruction set, threads do not. Part of plan cache
   * keys and checkpoints.
   */
  readonly numericsKey: string;
  readonly kernels: KernelTable;
  devices(): readonly Device[];
  /** Zeroed memory. */
  allocate(bytes: number, label: string): DeviceBuffer;
  /** A read-only view of a file's bytes, without a copy. */
  map(range: FileRange, label: string): DeviceBuffer;
  /**
   * Reads a tensor from a file into `buffer` at `offset`, converting between float dtypes; the
   * file's pages are dropped afterwards.
   */
  uploadFile(
    range: FileRange,
    from: DType,
    buffer: DeviceBuffer,
    offset: number,
    to: DType,
  ): Promise<void>;
  /** Copies host bytes in. `offset` in bytes. */
  upload(buffer: DeviceBuffer, offset: number, bytes: ArrayBufferView): void;
  /** Copies device bytes out into `target`. `offset` in bytes. */
  download(buffer: DeviceBuffer, offset: number, target: ArrayBufferView): void;
  compile(plan: Plan): Executable;
  close(): Promise<void>;
}

/** What was found out about one thing on this machine. `fail`: nothing runs until it is mended. */
export interface Diagnosis {
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do. */
  readonly hint?: string | undefined;
}

/** A configured choice of backend: `create` opens it. */
export interface BackendPlugin {
  readonly kind: 'backend-plugin';
  readonly apiVersion: 1;
  readonly name: string;
  create(options: { readonly threads?: number | undefined }): Backend;
  /** Why `create` works or does not, for `automodel doctor`. Never throws. */
  diagnose?(): readonly Diagnosis[];
}
