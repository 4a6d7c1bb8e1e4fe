// One optimizer step over a session: `micro` for each micro-batch, then `update`. Losses and
// gradients are sums over the whole global batch divided by its trained tokens.
import { floatsFromBytes } from '@automodel/checkpoint';
import {
  gradientState,
  type Batch,
  type Capacity,
  type RunOptions,
  type RunResult,
} from '@automodel/contracts';
import { sizeOf } from '@automodel/core';
import type { Optimizer } from '../optimizers/optimizer.js';
import {
  capacityKey,
  checkTokenIds,
  readGathered,
  SCALARS,
  writeBatch,
  type ModelSession,
  type Program,
} from '@automodel/session';
import type { Profiler } from '../profile/profiler.js';
import type { LossFunction } from './custom-loss.js';
import { MICRO, MICRO_LAST, microProgram } from './micro-program.js';
import { STOP, STOPPING, updateProgram } from './update-program.js';

/** How a step minimises the loss. */
export interface TrainingOptions {
  readonly optimizer: Optimizer;
  /** Gradients longer than this are scaled down to it; Infinity: no clipping. */
  readonly maxNorm: number;
  /**
   * What steps minimise and report, in place of the mean cross entropy of trained tokens.
   * Validation still uses cross entropy.
   */
  readonly loss?: LossFunction | undefined;
  /** Measures the kernels of the steps that it is told of. */
  readonly profiler?: Profiler | undefined;
}

/** The results of one update. */
export interface UpdateResult {
  /** Token mean over the global batch, before the update. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** False: loss or norm is not finite and nothing was written. */
  readonly finite: boolean;
  /** Whether any rank wants to stop after this step. */
  readonly stop: boolean;
}

/** How a micro-batch takes part in a step. */
export interface MicroOptions {
  /** 1 / trained tokens of the global batch. */
  readonly scale: number;
  /** Overwrites what earlier micro-batches have added up. */
  readonly first: boolean;
  /** Completes the gradients of the step; default true. */
  readonly last?: boolean;
  /** Looks for the first non-finite value: slow. */
  readonly scan?: boolean;
  /**
   * What dropout draws from: the run's seed, and the micro-batch's own number in the run. Default
   * 0, 0.
   */
  readonly draw?: { readonly seed: number; readonly number: number } | undefined;
}

/** Distinguishes the programs of different loss functions over one session. */
const lossNumbers = new WeakMap<LossFunction, number>();
let losses = 0;

function lossKey(loss: LossFunction | undefined): string {
  if (loss === undefined) return '';
  if (!lossNumbers.has(loss)) lossNumbers.set(loss, ++losses);
  return ` loss ${String(lossNumbers.get(loss))}`;
}

/** The optimizer steps of a session. Calls queue in the session and never overlap. */
export class TrainingStep {
  readonly #session: ModelSession;
  readonly #options: TrainingOptions;

  constructor(session: ModelSession, options: TrainingOptions) {
    this.#session = session;
    this.#options = options;
  }

  /**
   * The `micro` program for batches of this capacity; `last`: the one that completes the gradients
   * of a step, where parallelism has passes for it.
   */
  microProgram(capacity: Capacity, last = true): Promise<Program> {
    const [session, { loss }] = [this.#session, this.#options];
    const completing = last ? session.parallelism.completingPasses : undefined;
    const name = completing === undefined ? MICRO : MICRO_LAST;
    return session.program(
      `${name} ${capacityKey(capacity)}${lossKey(loss)}`,
      () => ({
        ...microProgram(
          session.settings,
          capacity,
          (parameter) => session.parameters.get(parameter).trained,
          loss,
        ).graph,
        name,
      }),
      completing,
    );
  }

  updateProgram(): Promise<Program> {
    const trained = this.#session.parameters.all
      .filter((p) => p.trained)
      .map(({ name, placement: { shape, cutAlong }, dtype }) => ({ name, shape, dtype, cutAlong }));
    const { optimizer, maxNorm } = this.#options;
    return this.#session.program('update', () =>
      updateProgram(trained, optimizer, maxNorm, this.#session.parallelism.mesh),
    );
  }

  /**
   * Adds one micro-batch's loss and gradients, each times `scale`, to the states. Errors: a token
   * id outside the vocabulary.
   */
  micro(batch: Batch, options: MicroOptions): Promise<RunResult> {
    const { model } = this.#session;
    return this.#session.exclusive(async () => {
      for (const { inputIds, start } of batch.documents) checkTokenIds(model, inputIds, start);
      const program = await this.microProgram(batch.capacity, options.last);
      writeBatch(program, model.batch.columns, batch);
      program.write(SCALARS.scale, Float32Array.of(options.scale));
      program.write(SCALARS.keep, Float32Array.of(options.first ? 0 : 1));
      program.write(SCALARS.dropoutSeed, BigInt64Array.of(BigInt(options.draw?.seed ?? 0)));
      program.write(SCALARS.dropoutStep, BigInt64Array.of(BigInt(options.draw?.number ?? 0)));
      return this.#run(program, { scan: options.scan ?? false });
    });
  }

  /**
   * Clips and applies the accumulated gradients; `step` counts updates from 1. `stop`: this rank
   * wants to stop after it.
   */
  update(
    step: number,
    learningRate: number,
    weightDecay: number,
    stop = false,
  ): Promise<UpdateResult> {
    return this.#session.exclusive(async () => {
      const program = await this.updateProgram();
      for (const [name, value] of this.#options.optimizer.scalarValues(
        step,
        learningRate,
        weightDecay,
      ))
        program.write(name, Float32Array.of(value));
      program.write(STOP, Float64Array.of(stop ? 1 : 0));
      await this.#run(program);
      const result = async (name: string): Promise<number> =>
        (await program.read(name, new Float32Array(1)))[0]!;
      return {
        loss: await result('loss'),
        gradientNorm: await result('grad_norm'),
        finite: (await result('flag')) !== 0,
        stop: program.reads(STOPPING)
          ? (await program.read(STOPPING, new Float64Array(1)))[0] !== 0
          : stop,
      };
    });
  }

  /** A run that is scanned is not measured: scanning takes longer than its kernels. */
  #run(program: Program, options: RunOptions = {}): Promise<RunResult> {
    const run = (more: RunOptions): Promise<RunResult> =>
      program.run(this.#session.buffer, { ...options, ...more });
    const profiler = options.scan === true ? undefined : this.#options.profiler;
    return profiler === undefined ? run({}) : profiler.measured(program.executable, run);
  }

  /**
   * The accumulated gradient of a parameter as f32; zeros if no gradient reaches it. Every process
   * calls it where others hold pieces of the parameter.
   */
  gradient(name: string): Promise<Float32Array> {
    return this.#session.exclusive(async () => {
      const { backend, parameters, parallelism, states } = this.#session;
      const parameter = parameters.get(name);
      if (!states.has(gradientState(name))) return new Float32Array(sizeOf(parameter.shape));
      const gradient = { ...parameter, buffer: states.get(gradientState(name)) };
      return floatsFromBytes(
        await readGathered(backend, gradient, parallelism.host),
        parameter.dtype,
      );
    });
  }
}
