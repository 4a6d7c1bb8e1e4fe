// A plan compiled for the CPU: a native program, its constants, and the names that its bases are
// bound by. One run is one native call on the backend's own threads.
import type { Bindings, Executable, RunOptions, RunResult } from '@automodel/contracts';
import { AutomodelError, type Plan, type PlanBuffer, type PlanStep } from '@automodel/core';
import { CpuBuffer } from './cpu-buffer.js';
import { NativeProgram, type NativePool, type RunOutcome } from './native-pool.js';
import type { NativeTensor } from './native-program.js';
import { collectiveAxes, groupFor, groupOperand, nativeStep } from './native-steps.js';
import { uploadConstants } from './plan-constants.js';
import type { ConnectedRanks, RankGroup } from './shared/connected-ranks.js';

/**
 * What executables of one backend share: its pool, one transient arena, and the rule that one
 * program runs at a time.
 */
export interface CpuRuntime {
  readonly pool: NativePool;
  /** Undefined: this process is alone. */
  readonly ranks: ConnectedRanks | undefined;
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
  /** The groups that collectives work over, by base. */
  readonly #groups: readonly RankGroup[];
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
    const axes = collectiveAxes(plan);
    const firstGroup = ARENA + 2 + this.#bound.length;
    const names = [...axes.keys()];
    const groupOf = (step: PlanStep): NativeTensor | null =>
      groupOperand(step, firstGroup + names.indexOf(String(step.attrs['axis'])));
    try {
      this.#groups = [...axes].map(([axis, size]) => groupFor(runtime.ranks, axis, size));
      const baseBytes = [
        plan.arenaBytes,
        buffer.bytes,
        ...this.#bound.map((b) => b.bytes),
        ...this.#groups.map((group) => group.bytes),
      ];
      this.#program = new NativeProgram(
        runtime.pool,
        baseBytes,
        plan.steps.map((step) => nativeStep(step, places, groupOf(step))),
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
    const { ranks } = this.#runtime;
    const first = ARENA + 2 + this.#bound.length;
    this.#groups.forEach((group, i) => this.#program.bind(first + i, group.address));
    if (this.#groups.length > 0) await ranks?.comparePlan(this.plan);
    const abort = (): void => this.#program.abort();
    const signals = [signal, ranks?.host.lost].filter((one) => one !== undefined);
    for (const one of signals) one.addEventListener('abort', abort, { once: true });
    try {
      ranks?.host.lost.throwIfAborted();
      const outcome = await this.#program.run({ scan, profile });
      if (outcome.status === 'aborted' || outcome.status === 'apart' || outcome.status === 'left') {
        ranks?.heap.leave(); // others may wait for this one
        throw outcome.status === 'aborted'
          ? (ranks?.host.lost.reason ?? stopped())
          : await this.#apart(outcome);
      }
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
      for (const one of signals) one.removeEventListener('abort', abort);
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

  /** Why a run could not go on beside those of the other ranks. */
  #apart({ status, step: index, output: rank }: RunOutcome): Promise<unknown> | AutomodelError {
    const step = this.plan.steps[index];
    const where =
      `program ${this.plan.name}: rank ${rank} along ${String(step?.attrs['axis'])} ` +
      `${status === 'apart' ? 'is at another call than' : 'has left before'} ${step?.op ?? ''}` +
      (step?.scope === '' ? '' : ` in ${step?.scope ?? ''}`);
    const error = new AutomodelError('conflict', where, {
      hint: 'all ranks must run the same programs in the same order',
    });
    return status === 'apart' ? error : (this.#runtime.ranks?.reason(error) ?? error);
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
