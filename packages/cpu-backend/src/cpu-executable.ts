// A plan compiled for the CPU: a native program, its constants, and the names that its bases are
// bound by. One run is one native call on the backend's own threads.
import type { Bindings, Executable, RunOptions, RunResult } from '@automodel/contracts';
import {
  AutomodelError,
  encodeHostData,
  type Plan,
  type PlanBuffer,
  type PlanStep,
  type TensorRef,
} from '@automodel/core';
import { BACKEND_NAME } from './backend-name.js';
import { CpuBuffer } from './cpu-buffer.js';
import { encodeCall } from './kernel-encoding.js';
import { encodingOf } from './kernel-encodings.js';
import { NativeProgram, type NativePool } from './native-pool.js';
import type { NativeStep, NativeTensor } from './native-program.js';

/**
 * What executables of one backend share: its pool, one transient arena, and the rule that one
 * program runs at a time.
 */
export interface CpuRuntime {
  readonly pool: NativePool;
  /** Memory for transient buffers, at least `bytes`; the same for all programs. */
  arena(bytes: number): CpuBuffer;
  /** Runs `body` after all earlier calls have ended. */
  exclusive<T>(body: () => Promise<T>): Promise<T>;
  /** Called once when an executable has closed. */
  closed(executable: CpuExecutable): void;
}

const ARENA = 0;

/** Stack and bookkeeping of one thread, in bytes. */
const THREAD_BYTES = 256 * 1024;

export class CpuExecutable implements Executable {
  readonly plan: Plan;
  readonly overheadBytes: number;
  readonly #runtime: CpuRuntime;
  readonly #program: NativeProgram;
  readonly #constants: CpuBuffer;
  /** Bound buffers by base. */
  readonly #bound: readonly PlanBuffer[];
  /** Ids of buffers that steps write. */
  readonly #written: ReadonlySet<number>;
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(runtime: CpuRuntime, plan: Plan) {
    this.plan = plan;
    this.#runtime = runtime;
    this.#bound = plan.buffers.filter((b) => b.kind !== 'transient' && b.kind !== 'constant');
    this.#written = new Set(
      plan.steps.flatMap((step) =>
        step.outputs.flatMap((ref) => (ref === null ? [] : [ref.buffer])),
      ),
    );
    const { buffer, offsets } = uploadConstants(runtime.pool, plan);
    this.#constants = buffer;
    const places = new Map<number, { base: number; offset: number; bytes: number }>();
    for (const b of plan.buffers)
      if (b.kind === 'transient')
        places.set(b.id, { base: ARENA, offset: b.offset, bytes: b.bytes });
    for (const [id, offset] of offsets)
      places.set(id, {
        base: ARENA + 1,
        offset,
        bytes: plan.buffers.find((b) => b.id === id)!.bytes,
      });
    this.#bound.forEach((b, i) =>
      places.set(b.id, { base: ARENA + 2 + i, offset: 0, bytes: b.bytes }),
    );
    const baseBytes = [plan.arenaBytes, buffer.bytes, ...this.#bound.map((b) => b.bytes)];
    try {
      this.#program = new NativeProgram(
        runtime.pool,
        baseBytes,
        plan.steps.map((step) => nativeStep(step, places)),
      );
    } catch (error) {
      buffer.close();
      throw error;
    }
    this.overheadBytes =
      this.#program.scratchBytes + runtime.pool.threads * THREAD_BYTES + buffer.bytes;
  }

  run(bindings: Bindings, options: RunOptions = {}): Promise<RunResult> {
    const run = this.#runtime.exclusive(() => this.#run(bindings, options));
    this.#running = run.catch(() => undefined);
    return run;
  }

  async #run(
    bindings: Bindings,
    { signal, scan = false, profile = false }: RunOptions,
  ): Promise<RunResult> {
    if (this.#closed)
      throw new AutomodelError('bad-argument', `program ${this.plan.name} is closed`);
    const stopped = (): AutomodelError =>
      new AutomodelError('aborted', `program ${this.plan.name} was stopped`, {
        cause: signal?.reason,
      });
    if (signal?.aborted === true) throw stopped();
    this.#program.bind(ARENA, this.#runtime.arena(this.plan.arenaBytes).address());
    this.#program.bind(ARENA + 1, this.#constants.address());
    this.#bound.forEach((buffer, i) =>
      this.#program.bind(ARENA + 2 + i, this.#addressOf(buffer, bindings)),
    );
    const abort = (): void => this.#program.abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const outcome = await this.#program.run({ scan, profile });
      if (outcome.status === 'aborted') throw stopped();
      if (outcome.status === 'done')
        return profile ? { stepNanoseconds: this.#program.profile() } : {};
      return {
        nonFinite: {
          step: outcome.step,
          output: outcome.output,
          element: outcome.element,
          value: NaN,
        },
      };
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    await this.#running;
    if (this.#closed) return;
    this.#closed = true;
    this.#program.close();
    this.#constants.close();
    this.#runtime.closed(this);
  }

  #addressOf({ id, kind, name, bytes }: PlanBuffer, bindings: Bindings): number {
    const bound = bindings.get(name);
    const refuse = (what: string): AutomodelError =>
      new AutomodelError('bad-argument', `program ${this.plan.name}: ${kind} ${name} ${what}`);
    if (!(bound instanceof CpuBuffer))
      throw refuse(bound === undefined ? 'is not bound' : 'is bound to memory of another backend');
    if (bound.bytes < bytes)
      throw refuse(`needs ${bytes} bytes, the buffer bound to it has ${bound.bytes}`);
    if (bound.mapped && this.#written.has(id))
      throw refuse('is written, but bound to a read-only mapping of a file');
    return bound.address();
  }
}

function uploadConstants(
  pool: NativePool,
  plan: Plan,
): { buffer: CpuBuffer; offsets: Map<number, number> } {
  const offsets = new Map<number, number>();
  let bytes = 0;
  for (const b of plan.buffers) {
    if (b.kind !== 'constant') continue;
    offsets.set(b.id, bytes);
    bytes = Math.ceil((bytes + b.bytes) / 64) * 64;
  }
  const buffer = CpuBuffer.allocate(pool.library, bytes, `constants of ${plan.name}`);
  for (const b of plan.buffers) {
    if (b.constant === undefined) continue;
    const data = encodeHostData(b.constant.dtype, b.constant.data);
    if (data.byteLength > 0)
      pool.library.copy_in(
        buffer.address(offsets.get(b.id), data.byteLength),
        data,
        data.byteLength,
      );
  }
  return { buffer, offsets };
}

type Places = ReadonlyMap<
  number,
  { readonly base: number; readonly offset: number; readonly bytes: number }
>;

function nativeStep(step: PlanStep, places: Places): NativeStep {
  const encoding = encodingOf(step.op);
  if (encoding === undefined)
    throw new AutomodelError(
      'missing-kernel',
      `backend ${BACKEND_NAME} has no kernel for ${step.op}, in ${step.scope}`,
    );
  const tensor = (ref: TensorRef | null): NativeTensor | null => {
    if (ref === null) return null;
    const place = places.get(ref.buffer)!;
    return {
      base: place.base,
      offset: place.offset + ref.offset,
      dtype: ref.dtype,
      shape: ref.shape,
      strides: ref.strides,
    };
  };
  const call = encodeCall(encoding, {
    op: step.op,
    inputs: step.inputs.map(tensor),
    outputs: step.outputs.map(tensor),
    attrs: step.attrs,
  });
  return { ...call, workspace: step.workspace === null ? null : places.get(step.workspace)! };
}
