// A backend provides memory, a table of kernels for the planner, and a compiler from plans to
// executables that run in one native call.
// Order: methods that read device memory or may take long return a promise. A run sees every upload
// made before it was called; a download also sees the writes of runs whose promise has resolved.
// Nothing else is ordered: a caller awaits a run before using its results, and neither overwrites
// nor closes memory that a run in progress uses. Memory that a run only reads may be downloaded
// meanwhile.
import type { DType, KernelTable, LinkSpeed, Plan } from '@automodel/core';
import type { Mesh } from './mesh.js';
import type { HostGroup } from './parallelism.js';

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
  /** What connects it to those of other processes, where that is known. */
  readonly link?: LinkSpeed | undefined;
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

/** Options of one run of an executable. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Check every float result after each step; the first non-finite one is reported and ends the
   * run, if it has no collectives: other processes wait in these. For diagnosis: slow.
   */
  readonly scan?: boolean;
  /** Measure every step, if the backend can; steps of all streams then run in order. */
  readonly profile?: boolean;
}

/** The first non-finite value of a scanned run. */
export interface NonFinite {
  readonly step: number;
  readonly output: number;
  readonly element: number;
  readonly value: number;
}

/** What a run reports besides the buffers it filled. */
export interface RunResult {
  /** Only for scanned runs. */
  readonly nonFinite?: NonFinite;
  /**
   * Only for profiled runs: nanoseconds of each step of the plan, one after the other without gaps.
   * Absent: the backend does not measure.
   */
  readonly stepNanoseconds?: readonly number[];
}

/**
 * A compiled plan. Runs of one backend never overlap, even runs of different executables: a second
 * call waits for the first.
 */
export interface Executable {
  readonly plan: Plan;
  /** Bytes that a run needs beyond the plan's arena: per-thread scratch and stacks. */
  readonly overheadBytes: number;
  /** The kernel that runs each step of the plan, for profiles. Absent: kernels are named as ops. */
  readonly kernelNames?: readonly string[] | undefined;
  /**
   * Executes the plan in one native call; the event loop stays free. Results are in the bound
   * buffers when the promise resolves. Errors: unbound or short buffers by name, `aborted`.
   */
  run(bindings: Bindings, options?: RunOptions): Promise<RunResult>;
  close(): Promise<void>;
}

/**
 * The engines whose names mean the same for every backend. `shared-memory`: processes of one
 * machine. `mpi`: processes that an `mpirun` has started. `nccl`: NVIDIA GPUs, one for each
 * process; no backend for CPUs has it. A backend names those that it has, and may have others.
 */
export const ENGINES = ['shared-memory', 'mpi', 'nccl'] as const;
export type Engine = (typeof ENGINES)[number];

/** How the processes of a run are connected, so that their programs can run collectives. */
export interface Connection {
  /** One of the backend's engines. */
  readonly engine: string;
  readonly mesh: Mesh;
  /** To find each other, and to hear of a process that was lost. */
  readonly host: HostGroup;
}

/** An opened backend: one device, its memory and the executables compiled for it. */
export interface Backend {
  readonly kind: 'backend';
  readonly apiVersion: 1;
  readonly name: string;
  readonly version: string;
  /**
   * Identifies what changes numbers besides the plan: the instruction set does, the number of
   * threads does not. Part of plan cache keys and checkpoints.
   */
  readonly numericsKey: string;
  readonly kernels: KernelTable;
  /**
   * Engines that run collectives between processes, the default first: those of `ENGINES` that it
   * has, or its own. Absent: none.
   */
  readonly engines?: readonly string[] | undefined;
  /**
   * Bytes that this process holds in memory which other processes of the run map too. What it maps
   * of theirs is not its own, although the system counts both as resident. Absent: it shares none,
   * or the system does not tell.
   */
  readonly sharedBytes?: number | undefined;
  devices(): readonly Device[];
  /**
   * Connects this process with the others of the mesh; every process calls it, before it allocates
   * anything. From then on all processes allocate the same memory, and compile and run the same
   * plans in the same order wherever a plan has collectives. Errors: `unsupported` saying what the
   * engine needs.
   */
  connect?(connection: Connection): Promise<void>;
  /** Zeroed memory. */
  allocate(bytes: number, label: string): DeviceBuffer;
  /**
   * A file's bytes as read-only memory: in place if the device can read them there, otherwise a
   * copy. The file must not change while the buffer is open. Errors: `io` naming the file.
   */
  map(range: FileRange, label: string): Promise<DeviceBuffer>;
  /**
   * Reads a tensor from a file into `buffer` at `offset`, converting between float dtypes; the
   * file's pages are dropped afterwards. The bytes are there when the promise resolves.
   */
  uploadFile(
    range: FileRange,
    from: DType,
    buffer: DeviceBuffer,
    offset: number,
    to: DType,
  ): Promise<void>;
  /**
   * Copies host bytes in. `offset` in bytes. The bytes are taken when it returns, so the caller may
   * change them; runs and downloads that are called later see them.
   */
  upload(buffer: DeviceBuffer, offset: number, bytes: ArrayBufferView): void;
  /**
   * Copies device bytes out into `target`. `offset` in bytes. `target` is filled when the promise
   * resolves; until then nothing else may use it.
   */
  download(buffer: DeviceBuffer, offset: number, target: ArrayBufferView): Promise<void>;
  /** Errors: `bad-plan` for another backend's plan, `missing-kernel` naming op and scope. */
  compile(plan: Plan): Promise<Executable>;
  close(): Promise<void>;
}

/** A finding about one thing on this machine. `fail`: nothing runs until it is fixed. */
export interface Diagnosis {
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do. */
  readonly hint?: string | undefined;
}

/** Options of a plugin's `create` and `target`. */
export interface BackendOptions {
  /** Default: as many as the device has. */
  readonly threads?: number | undefined;
  /** One of the plugin's; default: the best one. */
  readonly instructionSet?: string | undefined;
}

/**
 * A backend as planning sees it. Getting one loads no native library and opens neither threads nor
 * a device, so plans can be made and looked at where the backend itself cannot run.
 */
export interface PlanningTarget {
  /** As in Backend. */
  readonly name: string;
  /** Absent where only the opened backend knows it. */
  readonly numericsKey?: string | undefined;
  /**
   * The kernels of the opened backend. Where only its library knows how much workspace a kernel
   * needs, `workspaceBytes` is missing here: such a plan is for reading and for estimates, and a
   * plan that is to run must be made for the opened backend.
   */
  readonly kernels: KernelTable;
  /** Nominal figures, not measured. */
  readonly device: Device;
}

/** A backend that a run can choose: `create` opens it. */
export interface BackendPlugin {
  readonly kind: 'backend-plugin';
  readonly apiVersion: 1;
  readonly name: string;
  /**
   * The instruction sets with which this machine computes, the best first: numbers depend on which
   * one is used. Absent: there is only one.
   */
  instructionSets?(): readonly string[];
  create(options: BackendOptions): Backend;
  target(options: BackendOptions): PlanningTarget;
  /** Reports why `create` works or fails, for `automodel doctor`. Never throws. */
  diagnose?(): readonly Diagnosis[];
}
