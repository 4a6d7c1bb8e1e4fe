// The training loop: global batches through micro and update, validation, checkpoints, metrics and events. The loss of a step is the mean over the trained tokens of its global batch,
// however it is cut into micro-batches. It writes nothing itself but what its options hand it.
import type { GlobalBatch } from '@automodel/data';
import type { MetricsFile } from '../metrics/metrics-file.js';
import { PeakMemory } from '../metrics/peak-memory.js';
import { reportPrograms } from '../report/plan-report.js';
import type { Schedule } from '../schedules/schedule.js';
import type { ModelSession } from '../session/model-session.js';
import { TrainingStep, type TrainingOptions, type UpdateResult } from '../session/training-step.js';
import { diagnoseNonFinite } from './diagnose-non-finite.js';
import type { StepScheduler } from './step-scheduler.js';
import type { DoneEvent, PlanEvent, StepEvent, TrainEvent, ValidationEvent } from './train-events.js';
import type { TrainingData, ValidationData } from './training-data.js';
import { validate } from './validate.js';

/** Where a run stands when it is saved. */
export interface CheckpointContext {
  readonly step: number;
  readonly epoch: number;
  readonly last: boolean;
  readonly trainLoss: number;
  /** By set, of this step. */
  readonly validationLosses: ReadonlyMap<string, number>;
}

export interface TrainOptions extends TrainingOptions {
  readonly session: ModelSession;
  readonly data: TrainingData;
  readonly scheduler: StepScheduler;
  readonly schedule: Schedule;
  /** By name. */
  readonly validation?: ReadonlyMap<string, ValidationData> | undefined;
  readonly metrics?: MetricsFile | undefined;
  /** Saves the model and returns where; undefined: nothing was saved. */
  readonly saveCheckpoint?: ((context: CheckpointContext) => Promise<string | undefined>) | undefined;
  /** Ends the run after the step in progress; it is saved, not validated. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains and tells what happens. Errors: `not-finite` naming the first bad tensor and its rows; `bad-data` for a batch that trains nothing; whatever saving throws.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, undefined> {
  using memory = new PeakMemory();
  const run = new TrainingRun(options, memory);
  yield run.plan();
  for (let step = 0; step < options.scheduler.totalSteps && options.signal?.aborted !== true; step++) yield* run.step(step);
  yield run.done();
}

class TrainingRun {
  readonly #options: TrainOptions;
  readonly #memory: PeakMemory;
  readonly #training: TrainingStep;
  readonly #started = performance.now();
  #steps = 0;
  #loss: number | undefined;

  constructor(options: TrainOptions, memory: PeakMemory) {
    this.#options = options;
    this.#memory = memory;
    this.#training = new TrainingStep(options.session, options);
  }

  /** Compiles what the run needs and says what it will take. */
  plan(): PlanEvent {
    const { session, data, scheduler } = this.#options;
    const { tokens, segments } = data.capacity;
    const programs = [this.#training.microProgram({ tokens, segments }), this.#training.updateProgram()];
    const report = reportPrograms(programs, { device: session.backend.devices()[0]!, precision: session.precision });
    return { type: 'plan', report, totalSteps: scheduler.totalSteps, stepsPerEpoch: scheduler.stepsPerEpoch };
  }

  async *step(step: number): AsyncGenerator<TrainEvent, void, undefined> {
    const { data, scheduler, metrics, signal } = this.#options;
    const started = performance.now();
    const batch = data.next();
    const result = await this.#update(batch, step);
    this.#steps++;
    this.#loss = result.loss;
    const event = this.#stepEvent(step, batch, result, (performance.now() - started) / 1000);
    await metrics?.write(event);
    yield event;
    const losses = new Map<string, number>();
    const aborted = signal?.aborted === true;
    if (!aborted && scheduler.validatesAfter(step, batch.lastOfEpoch)) {
      for await (const validation of this.#validations(step, batch.epoch)) {
        losses.set(validation.name, validation.loss);
        await metrics?.write(validation);
        yield validation;
      }
    }
    if (!aborted && !scheduler.savesAfter(step, batch.lastOfEpoch)) return;
    const path = await this.#options.saveCheckpoint?.({ step, epoch: batch.epoch, last: aborted || scheduler.isLast(step), trainLoss: result.loss, validationLosses: losses });
    if (path !== undefined) yield { type: 'checkpoint-saved', step, epoch: batch.epoch, path };
  }

  done(): DoneEvent {
    const finished = this.#steps === this.#options.scheduler.totalSteps;
    return { type: 'done', reason: finished ? 'finished' : 'aborted', steps: this.#steps, seconds: (performance.now() - this.#started) / 1000, loss: this.#loss };
  }

  async #update(batch: GlobalBatch, step: number): Promise<UpdateResult> {
    const scale = 1 / batch.trainedTokens;
    for (let i = 0; i < batch.microBatches; i++) await this.#training.micro(batch.microBatch(i), { scale, first: i === 0 });
    const { learningRate, weightDecay } = this.#options.schedule.at(step);
    const result = await this.#training.update(step + 1, learningRate, weightDecay);
    if (!result.finite) throw await diagnoseNonFinite(this.#training, batch, step, result);
    return result;
  }

  #stepEvent(step: number, batch: GlobalBatch, { loss, gradientNorm }: UpdateResult, seconds: number): StepEvent {
    const { schedule, scheduler } = this.#options;
    const { epoch, tokens, trainedTokens } = batch;
    return {
      type: 'step', step, epoch, totalSteps: scheduler.totalSteps, loss, gradientNorm, learningRate: schedule.at(step + 1).learningRate, memoryGib: this.#memory.take(),
      tokensPerSecond: tokens / seconds, tokens, trainedTokens, seconds,
    };
  }

  async *#validations(step: number, epoch: number): AsyncGenerator<ValidationEvent, void, undefined> {
    const { session, schedule, validation } = this.#options;
    for (const [name, data] of validation ?? []) {
      const { loss, trainedTokens } = await validate(session, data);
      yield { type: 'validation', name, step, epoch, loss, learningRate: schedule.at(step + 1).learningRate, trainedTokens, memoryGib: this.#memory.take() };
    }
  }
}
