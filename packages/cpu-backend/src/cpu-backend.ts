// The CPU backend: kernels, memory, and plans compiled to native programs. One pool of threads
// walks one program at a time; all programs share one transient arena.
import process from 'node:process';
import type {
  Backend,
  BackendOptions,
  Connection,
  Device,
  DeviceBuffer,
  Executable,
  FileRange,
} from '@automodel/contracts';
import { AutomodelError, bytesOf, type DType, type KernelTable, type Plan } from '@automodel/core';
import { availableMemory } from './available-memory.js';
import { BACKEND_NAME } from './backend-name.js';
import { CpuBuffer } from './cpu-buffer.js';
import { CpuExecutable, type CpuRuntime } from './cpu-executable.js';
import { alone } from './engines/alone.js';
import { ENGINES } from './engines/engines.js';
import type { Processes } from './engines/processes.js';
import { kernelTable } from './kernel-table.js';
import { measureSpeed, type Speed } from './measure-speed.js';
import { DTYPE_CODES } from './native-program.js';
import { NativePool } from './native-pool.js';
import { processorName, threadCount } from './planning-target.js';
import { VERSION } from './version.js';

/** `threads`: default one per core that the process may use. */
export interface CpuBackendOptions extends BackendOptions {
  /** Default: $AUTOMODEL_CPU_ISA, else the best the machine has. */
  readonly instructionSet?: string | undefined;
}

/**
 * Opens the backend. Errors: the native library is missing or was built from other sources; the
 * machine lacks the instruction set asked for.
 */
export function createCpuBackend(options: CpuBackendOptions = {}): Backend {
  return new CpuBackend(options);
}

class CpuBackend implements Backend, CpuRuntime {
  readonly kind = 'backend';
  readonly apiVersion = 1;
  readonly name = BACKEND_NAME;
  readonly version = VERSION;
  readonly pool: NativePool;
  readonly kernels: KernelTable;
  readonly engines = Object.keys(ENGINES);
  processes: Processes;
  readonly #executables = new Set<CpuExecutable>();
  #arena: CpuBuffer | undefined;
  #isUsed = false;
  #last: Promise<unknown> = Promise.resolve();
  #speed: Speed | undefined;
  #closed = false;

  constructor({
    threads,
    instructionSet = process.env['AUTOMODEL_CPU_ISA'] ?? '',
  }: CpuBackendOptions) {
    this.pool = new NativePool(threadCount(threads), instructionSet);
    this.kernels = kernelTable(this.pool);
    this.processes = alone(this.pool.library);
  }

  get numericsKey(): string {
    return `${this.name} ${this.version} ${this.pool.instructionSet}`;
  }

  get sharedBytes(): number | undefined {
    return this.processes.sharedBytes;
  }

  devices(): readonly Device[] {
    this.#speed ??= measureSpeed(this.pool);
    return [
      {
        name: `${processorName()} (${this.pool.instructionSet})`,
        memoryBytes: availableMemory(),
        threads: this.pool.threads,
        peakFlops: { f32: this.#speed.f32, bf16: this.#speed.bf16 },
        bandwidth: this.#speed.bandwidth,
      },
    ];
  }

  async connect(connection: Connection): Promise<void> {
    const connect = Object.hasOwn(ENGINES, connection.engine)
      ? ENGINES[connection.engine]
      : undefined;
    if (connect === undefined)
      throw new AutomodelError(
        'unsupported',
        `backend ${this.name} has no engine ${connection.engine}`,
        { hint: `name one of ${this.engines.join(', ')}` },
      );
    if (this.#isUsed)
      throw new AutomodelError(
        'bad-argument',
        'the CPU backend is connected before it allocates memory, and only once',
      );
    this.#isUsed = true;
    this.processes = await connect(this.pool.library, connection, this.pool.threads);
  }

  allocate(bytes: number, label: string): CpuBuffer {
    this.#isUsed = true;
    return this.processes.allocate(bytes, label);
  }

  ofProgram(bytes: number, label: string): CpuBuffer {
    return this.processes.allocate(bytes, label);
  }

  // async: what these throw are rejections
  async map({ path, offset, length }: FileRange, label: string): Promise<DeviceBuffer> {
    return CpuBuffer.map(this.pool.library, path, offset, length, label);
  }

  async uploadFile(
    range: FileRange,
    from: DType,
    buffer: DeviceBuffer,
    offset: number,
    to: DType,
  ): Promise<void> {
    const count = range.length / bytesOf(from);
    const target = writable(buffer).address(offset, count * bytesOf(to));
    if (count === 0) return;
    const source = CpuBuffer.map(
      this.pool.library,
      range.path,
      range.offset,
      range.length,
      buffer.label,
    );
    try {
      const converted = await this.pool.library.asynchronous.convert(
        target,
        DTYPE_CODES[to],
        source.address(),
        DTYPE_CODES[from],
        count,
      );
      if (converted === 0)
        throw new AutomodelError(
          'unsupported',
          `${buffer.label}: ${from} cannot be converted to ${to}`,
        );
      this.pool.library.drop_pages(source.address(), range.length);
    } finally {
      source.close();
    }
  }

  upload(buffer: DeviceBuffer, offset: number, bytes: ArrayBufferView): void {
    if (bytes.byteLength > 0)
      this.pool.library.copy_in(
        writable(buffer).address(offset, bytes.byteLength),
        bytes,
        bytes.byteLength,
      );
  }

  async download(buffer: DeviceBuffer, offset: number, target: ArrayBufferView): Promise<void> {
    if (target.byteLength > 0)
      this.pool.library.copy_out(
        target,
        own(buffer).address(offset, target.byteLength),
        target.byteLength,
      );
  }

  async compile(plan: Plan): Promise<Executable> {
    if (plan.backend !== this.name)
      throw new AutomodelError(
        'bad-plan',
        `plan ${plan.name} was made for backend ${plan.backend}, not ${this.name}`,
      );
    const executable = new CpuExecutable(this, plan);
    this.#executables.add(executable);
    return executable;
  }

  arena(bytes: number): CpuBuffer {
    if (this.#arena === undefined || this.#arena.bytes < bytes) {
      this.#arena?.close();
      this.#arena = undefined;
      this.#isUsed = true;
      this.#arena = this.processes.allocate(bytes, 'activations');
    }
    return this.#arena;
  }

  exclusive<T>(body: () => Promise<T>): Promise<T> {
    const run = this.#last.then(body);
    this.#last = run.catch(() => undefined);
    return run;
  }

  closed(executable: CpuExecutable): void {
    this.#executables.delete(executable);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last;
    for (const executable of [...this.#executables]) await executable.close();
    this.#arena?.close();
    this.processes.close();
    this.pool.close();
  }
}

function own(buffer: DeviceBuffer): CpuBuffer {
  if (buffer instanceof CpuBuffer) return buffer;
  throw new AutomodelError('bad-argument', `buffer ${buffer.label} belongs to another backend`);
}

function writable(buffer: DeviceBuffer): CpuBuffer {
  if (buffer.mapped)
    throw new AutomodelError('bad-argument', `buffer ${buffer.label} is a read-only mapping`);
  return own(buffer);
}
