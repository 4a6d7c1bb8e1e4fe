// A compiled program with the memory that belongs to it alone: batch data, scalars and outputs.
// Parameters and states are shared between programs and bound by name at each run.
import type {
  Backend,
  DeviceBuffer,
  Executable,
  RunOptions,
  RunResult,
} from '@automodel/contracts';
import { AutomodelError, type Plan, type PlanBuffer } from '@automodel/core';

const isOwn = (buffer: PlanBuffer): boolean =>
  buffer.kind === 'batch' || buffer.kind === 'scalar' || buffer.kind === 'output';
const isShared = (buffer: PlanBuffer): boolean =>
  buffer.kind === 'parameter' || buffer.kind === 'state';

/** One compiled program, ready to run. */
export class Program {
  readonly executable: Executable;
  readonly #backend: Backend;
  readonly #own = new Map<string, DeviceBuffer>();

  constructor(backend: Backend, executable: Executable) {
    this.executable = executable;
    this.#backend = backend;
    for (const buffer of executable.plan.buffers)
      if (isOwn(buffer))
        this.#own.set(
          buffer.name,
          backend.allocate(buffer.bytes, `${executable.plan.name}: ${buffer.name}`),
        );
  }

  get plan(): Plan {
    return this.executable.plan;
  }

  /** Parameters and states that a run binds. */
  get shared(): readonly PlanBuffer[] {
    return this.plan.buffers.filter(isShared);
  }

  /** Whether the plan has a batch or scalar input of this name. */
  reads(name: string): boolean {
    return this.#own.has(name);
  }

  /**
   * Fills a batch or scalar input; an input that the plan left out because nothing reads it is
   * skipped. Errors: `internal` for data of another size.
   */
  write(name: string, data: ArrayBufferView): void {
    const buffer = this.#own.get(name);
    if (buffer === undefined) return;
    if (buffer.bytes !== data.byteLength)
      throw new AutomodelError(
        'internal',
        `program ${this.plan.name}: ${name} holds ${buffer.bytes} bytes, given ${data.byteLength}`,
      );
    this.#backend.upload(buffer, 0, data);
  }

  /** Copies an output's bytes from `offset` on, as finished runs have left them, into `target`. */
  async read<A extends ArrayBufferView>(name: string, target: A, offset = 0): Promise<A> {
    const buffer = this.#own.get(name);
    if (buffer === undefined)
      throw new AutomodelError('internal', `program ${this.plan.name} has no output ${name}`);
    await this.#backend.download(buffer, offset, target);
    return target;
  }

  /** One run; `shared` gives the buffers of parameters and states. */
  run(shared: (name: string) => DeviceBuffer, options?: RunOptions): Promise<RunResult> {
    const bindings = new Map(this.#own);
    for (const buffer of this.shared) bindings.set(buffer.name, shared(buffer.name));
    return this.executable.run(bindings, options);
  }

  async close(): Promise<void> {
    await this.executable.close();
    for (const buffer of this.#own.values()) buffer.close();
    this.#own.clear();
  }
}
