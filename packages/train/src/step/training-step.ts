// One optimizer step over a session: `micro` for each micro-batch, then `update`. Losses and
// gradients are sums over the whole global batch divided by its trained tokens. With the optimizer
// in the backward pass, a step is one program, and `micro` only keeps the batch for `update`.
import { setImmediate } from 'node:timers/promises';
import { floatsFromBytes } from '@automodel/checkpoint';
import {
  gradientState,
  isGradientState,
  LOSS_STATE,
  type Batch,
  type Capacity,
  type RunResult,
} from '@automodel/contracts';
import { AutomodelError, bytesOf, sizeOf, type Graph } from '@automodel/core';
import {
  capacityKey,
  checkTokenIds,
  readGathered,
  SCALARS,
  writeBatch,
  type ModelSession,
  type Program,
} from '@automodel/session';
import type { LossFunction } from './custom-loss.js';
import { MICRO, MICRO_LAST, microProgram } from './micro-program.js';
import { STEP, stepProgram } from './step-program.js';
import {
  checkInBackward,
  type MicroOptions,
  type TrainingOptions,
  type UpdateResult,
} from './training-options.js';
import { STOP, STOPPING, updateProgram, type TrainedParameter } from './update-program.js';

/** Distinguishes the programs of different loss functions over one session. */
const lossNumbers = new WeakMap<LossFunction, number>();
let losses = 0;

function lossKey(loss: LossFunction | undefined): string {
  if (loss === undefined) return '';
  if (!lossNumbers.has(loss)) lossNumbers.set(loss, ++losses);
  return ` loss ${String(lossNumbers.get(loss))}`;
}

const severalMicroBatches = (): AutomodelError =>
  new AutomodelError(
    'bad-argument',
    'with the optimizer in the backward pass a step is one micro-batch',
    { hint: 'gradients of several would have to be kept until the last' },
  );

/** The optimizer steps of a session. Calls queue in the session and never overlap. */
export class TrainingStep {
  readonly #session: ModelSession;
  readonly #options: TrainingOptions;
  /** With the optimizer in the backward pass: what the next update computes. */
  #waiting: { readonly batch: Batch; readonly options: MicroOptions } | undefined;

  /** Errors: `bad-argument` for an optimizer in the backward pass where it cannot be. */
  constructor(session: ModelSession, options: TrainingOptions) {
    if (options.optimizerInBackward === true) checkInBackward(options, session);
    this.#session = session;
    this.#options = options;
  }

  /** Whether each parameter is updated as soon as its gradient is complete. */
  get optimizerInBackward(): boolean {
    return this.#options.optimizerInBackward === true;
  }

  /** All programs of steps with micro-batches of this capacity, compiled. */
  async programs(capacity: Capacity): Promise<readonly Program[]> {
    if (this.optimizerInBackward) return [await this.#stepProgram(capacity)];
    const programs = new Set([await this.microProgram(capacity, false)]);
    await setImmediate(); // a stop can be requested between programs
    programs.add(await this.microProgram(capacity));
    return [...programs.add(await this.updateProgram())];
  }

  /**
   * The `micro` program for batches of this capacity; `last`: the one that completes the gradients
   * of a step, where parallelism has passes for it. With the optimizer in the backward pass it only
   * measures gradients, to find one that is not finite.
   */
  microProgram(capacity: Capacity, last = true): Promise<Program> {
    if (this.optimizerInBackward) return this.#stepProgram(capacity, false);
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
    return this.#session.program('update', () => this.#updateGraph());
  }

  #updateGraph(): Graph {
    const { optimizer, maxNorm } = this.#options;
    return updateProgram(this.#trained, optimizer, maxNorm, this.#session.parallelism.mesh);
  }

  get #trained(): readonly TrainedParameter[] {
    return this.#session.parameters.all
      .filter((p) => p.trained)
      .map(({ name, placement: { shape, cutAlong }, dtype }) => ({ name, shape, dtype, cutAlong }));
  }

  /** A whole step in one program; without `updates` it only measures gradients. */
  #stepProgram(capacity: Capacity, updates = true): Promise<Program> {
    const { optimizer, loss } = this.#options;
    const name = updates ? STEP : `${STEP} without updates`;
    return this.#session.program(`${name} ${capacityKey(capacity)}${lossKey(loss)}`, () => ({
      ...stepProgram(this.#session.settings, capacity, {
        parameters: this.#trained,
        optimizer: updates ? optimizer : undefined,
        loss,
      }).graph,
      name,
    }));
  }

  /**
   * The names of the optimizer's states, in the order in which an update reads them. They are
   * allocated when the promise resolves.
   */
  async optimizerStates(): Promise<readonly string[]> {
    const { states } = this.#session;
    const inputs = this.optimizerInBackward
      ? this.#updateGraph().inputs.map(({ input, shape, dtype }) => ({
          ...input,
          bytes: sizeOf(shape) * bytesOf(dtype),
        }))
      : (await this.updateProgram()).shared;
    const kept = inputs.filter(
      ({ kind, name }) => kind === 'state' && name !== LOSS_STATE && !isGradientState(name),
    );
    for (const { name, bytes } of kept) states.allocate(name, bytes);
    return kept.map(({ name }) => name);
  }

  /**
   * Adds one micro-batch's loss and gradients, each times `scale`, to the states; with the
   * optimizer in the backward pass, the next update computes them. Errors: a token id outside the
   * vocabulary; there, a second micro-batch.
   */
  micro(batch: Batch, options: MicroOptions): Promise<RunResult> {
    const { model } = this.#session;
    return this.#session.exclusive(async () => {
      for (const { inputIds, start } of batch.documents) checkTokenIds(model, inputIds, start);
      if (this.optimizerInBackward && options.scan !== true) {
        if (!options.first || options.last === false) throw severalMicroBatches();
        this.#waiting = { batch, options };
        return {};
      }
      const program = await this.microProgram(batch.capacity, options.last);
      this.#writeMicro(program, batch, options);
      return program.run(this.#session.buffer, { scan: options.scan ?? false });
    });
  }

  #writeMicro(program: Program, batch: Batch, options: MicroOptions): void {
    writeBatch(program, this.#session.model.batch.columns, batch);
    program.write(SCALARS.scale, Float32Array.of(options.scale));
    program.write(SCALARS.keep, Float32Array.of(options.first ? 0 : 1));
    program.write(SCALARS.dropoutSeed, BigInt64Array.of(BigInt(options.draw?.seed ?? 0)));
    program.write(SCALARS.dropoutStep, BigInt64Array.of(BigInt(options.draw?.number ?? 0)));
  }

  /** The program that applies gradients, ready to run but for the optimizer's scalars. */
  async #applyingProgram(): Promise<Program> {
    if (!this.optimizerInBackward) return this.updateProgram();
    const waiting = this.#waiting;
    if (waiting === undefined)
      throw new AutomodelError('bad-argument', 'there is no micro-batch to update from');
    this.#waiting = undefined;
    const program = await this.#stepProgram(waiting.batch.capacity);
    this.#writeMicro(program, waiting.batch, waiting.options);
    return program;
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
      const program = await this.#applyingProgram();
      for (const [name, value] of this.#options.optimizer.scalarValues(
        step,
        learningRate,
        weightDecay,
      ))
        program.write(name, Float32Array.of(value));
      program.write(STOP, Float64Array.of(stop ? 1 : 0));
      await program.run(this.#session.buffer);
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

  /**
   * The accumulated gradient of a parameter as f32; zeros if no gradient reaches it. Every process
   * calls it where others hold pieces of the parameter. Errors: `unsupported` with the optimizer in
   * the backward pass, which keeps none.
   */
  gradient(name: string): Promise<Float32Array> {
    if (this.optimizerInBackward)
      throw new AutomodelError('unsupported', 'gradients are not kept by an optimizer in backward');
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
