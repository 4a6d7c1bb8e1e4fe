// A plan compiled for the CPU: a native program, its constants, and the names that its bases are
// bound by. One run is one native call on the backend's own threads.
import type { Bindings, Executable, RunOptions, RunResult } from '@automodel/contracts';
import { AutomodelError, type Plan, type PlanBuffer } from '@automodel/core';
import { CpuBuffer } from './cpu-buffer.js';
import type { Processes } from './engines/processes.js';
import { NativeProgram, type NativePool, type RunOutcome } from './native-pool.js';
import {
  ARENA,
  CONSTANTS,
  FIRST_BOUND,
  layOut,
  readByOthers,
  type ProgramLayout,
} from './program-layout.js';
import { failureOf, lossOf, stopped } from './run-failure.js';

/**
 * What executables of one backend share: its pool and memory, one transient arena, the processes it
 * is connected with, and the rule that one program runs at a time.
 */
export interface CpuRuntime {
  readonly pool: NativePool;
  readonly processes: Processes;
  /** Zeroed memory for what belongs to a program. */
  ofProgram(bytes: number, label: string): CpuBuffer;
  /** Memory for transient buffers, at least `bytes`; the same for all programs. */
  arena(bytes: number): CpuBuffer;
  /** Runs `body` after all earlier calls have ended. */
  exclusive<T>(body: () => Promise<T>): Promise<T>;
  /** Called once when an executable has closed. */
  closed(executable: CpuExecutable): void;
}

/** Stack and bookkeeping of one thread, in bytes. */
const THREAD_BYTES = 256 * 1024;

export class CpuExecutable implements Executable {
  readonly plan: Plan;
  readonly overheadBytes: number;
  readonly kernelNames: readonly string[];
  readonly #runtime: CpuRuntime;
  readonly #layout: ProgramLayout;
  readonly #program: NativeProgram;
  readonly #constants: CpuBuffer;
  /** Ids of buffers that steps write, and of those that other ranks read. */
  readonly #written: ReadonlySet<number>;
  readonly #shared: ReadonlySet<number>;
  /** Whether it needs other processes. */
  readonly #meets: boolean;
  #agreed: Promise<void> | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(runtime: CpuRuntime, plan: Plan) {
    this.plan = plan;
    this.#runtime = runtime;
    this.#written = new Set(
      plan.steps.flatMap((step) =>
        step.outputs.flatMap((ref) => (ref === null ? [] : [ref.buffer])),
      ),
    );
    this.#shared = readByOthers(plan);
    const layout = layOut(plan);
    this.#layout = layout;
    this.kernelNames = layout.steps.map(({ kernel }) => kernel);
    this.#meets = layout.groups.some(({ ranks }) => ranks > 1);
    // says whether there are so many ranks
    for (const { axis, ranks } of layout.groups) runtime.processes.group(axis, ranks);
    this.#constants = uploadConstants(runtime, plan, layout);
    try {
      this.#program = new NativeProgram(runtime.pool, layout.baseBytes, layout.steps);
    } catch (error) {
      this.#constants.close();
      throw error;
    }
    this.overheadBytes =
      this.#program.scratchBytes + runtime.pool.threads * THREAD_BYTES + this.#constants.bytes;
  }

  run(bindings: Bindings, options: RunOptions = {}): Promise<RunResult> {
    const run = this.#runtime.exclusive(() => this.#run(bindings, options));
    this.#running = run.catch(() => undefined);
    return run;
  }

  async #run(bindings: Bindings, options: RunOptions): Promise<RunResult> {
    if (this.#closed)
      throw new AutomodelError('bad-argument', `program ${this.plan.name} is closed`);
    try {
      if (this.#meets) await this.#comeTogether();
      if (options.signal?.aborted === true) throw stopped(this.plan, options.signal.reason);
      this.#bind(bindings);
      return await this.#walk(options);
    } catch (error) {
      // the others must not wait for a rank that is at another place now
      if (this.#meets) this.#runtime.processes.leave();
      throw error;
    }
  }

  /** Makes sure that the other ranks run the same plan. */
  async #comeTogether(): Promise<void> {
    const { processes } = this.#runtime;
    const loss = lossOf(processes);
    if (loss !== undefined) throw loss;
    if (processes.left)
      throw new AutomodelError(
        'aborted',
        `program ${this.plan.name} needs other processes, but this one left them when a program ` +
          'failed or was stopped',
      );
    await (this.#agreed ??= processes.agree(this.plan));
  }

  #bind(bindings: Bindings): void {
    const { bound, groups } = this.#layout;
    this.#program.bind(ARENA, this.#runtime.arena(this.plan.arenaBytes).address());
    this.#program.bind(CONSTANTS, this.#constants.address());
    bound.forEach((buffer, i) =>
      this.#program.bind(FIRST_BOUND + i, this.#addressOf(buffer, bindings)),
    );
    groups.forEach(({ axis, ranks }, i) =>
      this.#program.bind(
        FIRST_BOUND + bound.length + i,
        this.#runtime.processes.group(axis, ranks),
      ),
    );
  }

  async #walk({ signal, scan = false, profile = false }: RunOptions): Promise<RunResult> {
    const { processes } = this.#runtime;
    const ends = [processes.lost, ...(signal === undefined ? [] : [signal])];
    const abort = (): void => this.#program.abort();
    for (const end of ends) end.addEventListener('abort', abort, { once: true });
    if (ends.some(({ aborted }) => aborted)) abort();
    let outcome: RunOutcome;
    try {
      outcome = await this.#program.run({ scan, profile });
    } finally {
      for (const end of ends) end.removeEventListener('abort', abort);
    }
    const { status, step, output, element } = outcome;
    if (status !== 'done' && status !== 'not-finite')
      throw await failureOf(this.plan, outcome, processes, signal);
    return {
      ...(profile && (status === 'done' || this.#meets)
        ? { stepNanoseconds: this.#program.profile() }
        : {}),
      ...(status === 'done' ? {} : { nonFinite: { step, output, element, value: NaN } }),
    };
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
    if (bound.mapped && this.#meets && this.#shared.has(id))
      throw refuse('is read by other ranks, but bound to a mapping of a file');
    return bound.address();
  }
}

function uploadConstants(
  runtime: CpuRuntime,
  plan: Plan,
  { constants, constantBytes }: ProgramLayout,
): CpuBuffer {
  const buffer = runtime.ofProgram(constantBytes, `constants of ${plan.name}`);
  for (const { offset, bytes } of constants)
    if (bytes.byteLength > 0)
      runtime.pool.library.copy_in(
        buffer.address(offset, bytes.byteLength),
        bytes,
        bytes.byteLength,
      );
  return buffer;
}
